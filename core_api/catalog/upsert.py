"""Create or change many products at once. An import uses it."""

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from core_api.catalog import caching
from core_api.catalog.models import Category, Product, StockMovement

LONGEST_SLUG = 90


def upsert(products: list[dict]) -> None:
    """Write [{sku, name, category: its name, price, stock, ...}] in the caller's transaction.

    If a sku is repeated, the last row counts. A stock is an absolute count; the difference is
    written as a movement. Known products are locked first, in the order of their primary keys, as
    orders do. Then the missing ones are created, sorted by sku. So imports and orders may wait for
    each other, but they cannot deadlock.
    """
    wanted = {product["sku"]: product for product in products}
    if not wanted:
        return
    categories = categories_named({product["category"] for product in wanted.values()})
    rows = [wanted[sku] for sku in sorted(wanted)]
    rows = [row | {"category": categories[row["category"]]} for row in rows]
    while not write(rows, given={name for product in products for name in product}):
        pass  # another transaction created one of the missing products: now it can be locked
    caching.invalidate_on_commit(*wanted, lists=True)


def write(rows: list[dict], *, given: set[str]) -> bool:
    """Write all rows, or nothing (False) if another transaction created one of them meanwhile.

    Of a known product only the columns in `given`, those of the file, are changed.
    """
    drafts = [Product(**row) for row in rows]
    skus = [draft.sku for draft in drafts]
    try:
        with transaction.atomic():
            locked = Product.objects.select_for_update().filter(sku__in=skus).order_by("pk")
            before = {product.sku: product for product in locked.only("sku", "stock")}
            missing = [draft for draft in drafts if draft.sku not in before]
            known = [draft for draft in drafts if draft.sku in before]
            Product.objects.bulk_create(missing)
            columns = sorted(given - {"sku"} | {"updated_at"})
            Product.objects.bulk_create(
                known, update_conflicts=True, unique_fields=["sku"], update_fields=columns
            )
            record_movements(missing, known, before)
    except IntegrityError:
        if Product.objects.filter(sku__in=[draft.sku for draft in missing]).exists():
            return False
        raise  # refused for another reason
    return True


def record_movements(
    missing: list[Product], known: list[Product], before: dict[str, Product]
) -> None:
    """Write the stock changes. `before` is {sku: Product} of the known products, as they were."""
    reason = StockMovement.Reason
    changes = [(draft.pk, draft.stock, reason.INITIAL) for draft in missing]
    for draft in known:
        old = before[draft.sku]
        changes.append((old.pk, draft.stock - old.stock, reason.IMPORT))
    StockMovement.objects.bulk_create(
        StockMovement(product_id=product, delta=delta, reason=reason)
        for product, delta, reason in changes
        if delta
    )


def categories_named(names: set[str]) -> dict[str, Category]:
    """Return {name: category}. Missing categories are created with slugs of their own."""
    known = set(Category.objects.filter(name__in=names).values_list("name", flat=True))
    for name in sorted(names - known):
        Category.objects.get_or_create(name=name, defaults={"slug": free_slug(name)})
    return {category.name: category for category in Category.objects.filter(name__in=names)}


def free_slug(name: str) -> str:
    slug = slugify(name)[:LONGEST_SLUG].strip("-") or "category"
    taken = set(Category.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    number = 1
    while (free := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return free
