"""Writing many products at once: new ones made, known ones changed, every change of stock on
record."""

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from core_api.catalog import caching
from core_api.catalog.models import Category, Product, StockMovement

LONGEST_SLUG = 90


def upsert(products):
    """Write [{sku, name, category: its name, price, stock, maybe description}] in the caller's
    transaction.

    Of several with one sku the last one counts. A stock is an absolute count, set while the row is
    locked, and the difference is written as a movement. Everyone locks what is there in the order
    of keys, as orders do, and only then makes what is missing, sorted: two imports and any number
    of orders wait for each other, and never in a circle.
    """
    wanted = {product["sku"]: product for product in products}
    if not wanted:
        return
    categories = categories_named({product["category"] for product in wanted.values()})
    rows = [
        wanted[sku] | {"category": categories[wanted[sku]["category"]]} for sku in sorted(wanted)
    ]
    while not write(rows, given={name for product in products for name in product}):
        pass  # somebody made one of the missing products at the same moment: now it is there, to be locked
    caching.invalidate_on_commit(*wanted, lists=True)


def write(rows, *, given):
    """True when all is written; False, and then nothing is locked or written, when a product came
    in between.

    `given` are the columns that the file has: of a known product the others stay as they are.
    """
    drafts = [Product(**row) for row in rows]
    skus = [draft.sku for draft in drafts]
    try:
        with transaction.atomic():
            locked = Product.objects.select_for_update().filter(sku__in=skus).order_by("pk")
            before = {
                sku: (pk, stock) for pk, sku, stock in locked.values_list("pk", "sku", "stock")
            }
            missing = [draft for draft in drafts if draft.sku not in before]
            known = [draft for draft in drafts if draft.sku in before]
            Product.objects.bulk_create(missing)
            change(known, given)
            record_movements(missing, known, before)
    except IntegrityError:
        if Product.objects.filter(sku__in=[draft.sku for draft in missing]).exists():
            return False
        raise  # refused for another reason
    return True


def change(known, given):
    columns = sorted(given - {"sku"} | {"updated_at"})
    Product.objects.bulk_create(
        known, update_conflicts=True, unique_fields=["sku"], update_fields=columns
    )


def record_movements(missing, known, before):
    """What the stock of these products became, as differences; `before` is {sku: (key, stock)} of
    the known ones."""
    initial = [(draft.pk, draft.stock, StockMovement.Reason.INITIAL) for draft in missing]
    counted = [
        (before[draft.sku][0], draft.stock - before[draft.sku][1], StockMovement.Reason.IMPORT)
        for draft in known
    ]
    StockMovement.objects.bulk_create(
        StockMovement(product_id=product, delta=delta, reason=reason)
        for product, delta, reason in initial + counted
        if delta
    )


def categories_named(names):
    """{name: category}; those that don't exist yet are made, with slugs of their own."""
    known = set(Category.objects.filter(name__in=names).values_list("name", flat=True))
    for name in sorted(names - known):
        Category.objects.get_or_create(name=name, defaults={"slug": free_slug(name)})
    return {category.name: category for category in Category.objects.filter(name__in=names)}


def free_slug(name):
    slug = slugify(name)[:LONGEST_SLUG].strip("-") or "category"
    taken = set(Category.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    number = 1
    while (free := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return free
