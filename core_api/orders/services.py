"""Placing an order: one transaction writes order, stock, movements and event, or nothing."""

from contextlib import suppress
from itertools import chain

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from core_api.catalog import caching
from core_api.catalog.models import Product, StockMovement
from core_api.orders import keys
from core_api.orders.keys import OutOfStock, UnknownProduct
from core_api.orders.models import Order, OrderLine, OutboxEvent
from core_api.orders.rows import hash_of, rows_of

# One statement for all lines. With Django's CASE and WHEN it took four times the processor time.
TAKE_STOCK = """
    WITH wanted (id, quantity, price) AS (VALUES {rows}),
    locked AS (
        SELECT id FROM catalog_product WHERE id IN (SELECT id FROM wanted) ORDER BY id {lock}
    )
    UPDATE catalog_product SET stock = stock - quantity
    FROM wanted JOIN locked USING (id)
    WHERE catalog_product.id = wanted.id AND catalog_product.price = wanted.price
        AND active AND stock >= quantity AND NOT EXISTS (
            SELECT 1 FROM orders_refusal WHERE user_id = %s AND idempotency_key = %s
        )
    RETURNING stock
"""


class ProductChanged(Exception):
    """Its price or stock is not as it was read, it is off sale, or the order's key is refused."""


def place_order(*, user_id: int, key: str, lines: list[dict]) -> tuple[Order, bool]:
    """Return (order, replayed). A user and a key have one answer, however often they are sent.

    `lines` are [{sku, quantity}], each sku once. A key that was used before returns its order, or
    raises its OutOfStock or UnknownProduct again, or KeyReused if the lines differ. A refusal
    writes nothing but itself. If two requests with one key arrive together, the second waits at
    the unique index until the first commits, and then replays it.
    """
    order = Order(
        user_id=user_id, idempotency_key=key, body_hash=hash_of(lines), served_by=settings.INSTANCE
    )
    replayed = sold_out = False
    try:
        sold_out = write_order(order, lines)
    except (IntegrityError, ProductChanged, UnknownProduct, OutOfStock) as error:
        # Few keys come twice, so a key is looked up only when its order could not be written.
        order, replayed = keys.final_answer(order, error), True
    # Also after a replay: the first attempt may have died between its commit and this.
    skus = [line["sku"] for line in lines]
    caching.invalidate_on_commit(*skus, lists=sold_out or replayed)
    return order, replayed


def write_order(order: Order, lines: list[dict]) -> bool:
    """Write order, lines, movements and event, and take the stock. True if a product is sold out.

    The values are computed before anything is locked, and the stock, for which other orders may
    wait, is taken last. If a product has changed since it was read, everything is rolled back and
    done again with locks, so that nobody can change it a second time.
    """
    with suppress(ProductChanged):
        rows = rows_of(order, lines, products_wanted(lines))
        with transaction.atomic():
            order.save(force_insert=True)
            return write_rows(order, *rows)
    with transaction.atomic():
        order.save(force_insert=True)  # first the key, then the products: as above, no deadlocks
        rows = rows_of(order, lines, products_wanted(lines, lock=True))
        order.save(update_fields=["total"])
        return write_rows(order, *rows)


def write_rows(
    order: Order, lines: list[OrderLine], movements: list[StockMovement], event: OutboxEvent
) -> bool:
    """Write these rows and take the stock. Return True if a product is sold out now."""
    OrderLine.objects.bulk_create(lines)
    StockMovement.objects.bulk_create(movements)
    event.save(force_insert=True)
    order.line_list = lines
    return 0 in take_stock(lines)


def products_wanted(lines: list[dict], *, lock: bool = False) -> dict[str, Product]:
    """Return {sku: product}. Raises UnknownProduct or OutOfStock."""
    quantity = {line["sku"]: line["quantity"] for line in lines}
    products = Product.objects.on_sale().with_category().filter(sku__in=quantity)
    if lock:
        products = products.select_for_update(of=["self"], no_key=True).order_by("pk")
    found = {product.sku: product for product in products}
    unknown = [sku for sku in quantity if sku not in found]
    if unknown:
        raise UnknownProduct(f"No such product on sale: {', '.join(unknown)}.")
    for sku, wanted in quantity.items():
        if found[sku].stock < wanted:
            shortage = f"{sku}: {wanted} wanted, {found[sku].stock} left"
            raise OutOfStock(f"{shortage}. Nothing was ordered.")
    return found


def take_stock(lines: list[OrderLine]) -> list[int]:
    """Subtract the quantities and return what is left. Raises ProductChanged.

    The UPDATE has a condition and so never takes more than there is, whatever other instances do
    at the same time: no overselling. All transactions lock products in the order of their primary
    keys, whatever the order of the lines: no deadlocks. The rows stay locked until the commit, so
    the prices of the lines remain correct.
    """
    wanted = [(line.product_id, line.quantity, line.unit_price) for line in lines]
    rows = ", ".join(["(%s, %s, %s)"] * len(wanted))
    # SQLite has no row locks: it lets one transaction write at a time.
    can_lock = connection.features.has_select_for_update
    lock = connection.ops.for_update_sql(no_key=True) if can_lock else ""
    with connection.cursor() as cursor:
        of_key = [lines[0].order.user_id, lines[0].order.idempotency_key]
        cursor.execute(TAKE_STOCK.format(rows=rows, lock=lock), [*chain(*wanted), *of_key])
        left = [stock for (stock,) in cursor]
    if len(left) < len(lines):
        raise ProductChanged()
    return left
