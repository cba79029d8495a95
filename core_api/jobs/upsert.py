"""Writing many products at once: new ones made, known ones changed, every change of stock on record."""

from django.utils.text import slugify

from core_api.catalog import caching
from core_api.catalog.models import Category, Product
from core_api.orders.models import StockMovement

LONGEST_SLUG = 90


def upsert(products):
    """Write [{sku, name, category: its name, price, stock, maybe description}] in the caller's transaction.

    Of several with one sku the last one counts. A stock is an absolute count, set while the row is locked, and the
    difference is written as a movement. Everyone makes categories and products sorted, then locks in the order of
    keys, as orders do: two imports and any number of orders wait for each other, and never in a circle.
    """
    wanted = {product["sku"]: product for product in products}
    if not wanted:
        return
    categories = categories_named({product["category"] for product in wanted.values()})
    drafts = [
        Product(**product | {"category": categories[product["category"]], "stock": 0})
        for _, product in sorted(wanted.items())
    ]
    new = make_missing(drafts)
    locked = Product.objects.select_for_update().filter(sku__in=wanted).order_by("pk")
    before = {sku: (pk, stock) for pk, sku, stock in locked.values_list("pk", "sku", "stock")}
    for draft in drafts:
        draft.stock = wanted[draft.sku]["stock"]
    changed = sorted({name for product in products for name in product} - {"sku"} | {"updated_at"})
    Product.objects.bulk_create(drafts, update_conflicts=True, unique_fields=["sku"], update_fields=changed)
    StockMovement.objects.bulk_create(
        StockMovement(
            product_id=pk,
            delta=wanted[sku]["stock"] - stock,
            reason=StockMovement.Reason.INITIAL if sku in new else StockMovement.Reason.IMPORT,
        )
        for sku, (pk, stock) in before.items()
        if wanted[sku]["stock"] != stock
    )
    caching.forget_on_commit(*wanted, lists=True)


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


def make_missing(drafts):
    """Make those products that don't exist yet, with nothing in stock, so that each has a row to lock; their skus."""
    skus = [draft.sku for draft in drafts]
    known = set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
    missing = [draft for draft in drafts if draft.sku not in known]
    Product.objects.bulk_create(missing, ignore_conflicts=True)
    return {draft.sku for draft in missing}
