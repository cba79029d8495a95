"""Filling an empty shop: the demo catalogue and its past orders, written in bulk and adding up like
real ones."""

from collections import Counter
from datetime import timedelta
from itertools import islice

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from core_api.catalog import caching
from core_api.catalog.models import Category, Product, StockMovement
from core_api.operations.demo_orders import CUSTOMERS, DAYS, LOGIN, demo_orders
from core_api.operations.demo_products import SHELVES, demo_products
from core_api.orders.models import Order, OrderLine, OutboxEvent
from core_api.orders.services import hash_of, order_placed

BATCH = 1000  # rows in memory at a time, of each kind


@transaction.atomic
def fill_shop(*, products, orders, seed, midnight, tell, lines=None):
    """Write the demo products and orders into a shop that has none; all of it or nothing.

    `midnight` is where the orders end, `tell(sentence)` hears of the progress. Each order has one
    to five lines, or exactly `lines`. The login `customer` must exist.
    """
    wait_patiently()
    # The orders are drawn twice from the same seed: first to know how much there must have been in
    # the beginning.
    sold = Counter()
    for order in demo_orders(orders, products, seed, midnight, lines):
        sold.update(order.lines)
    write_catalogue(demo_products(products, seed), sold, midnight, tell)
    users = write_customers(midnight)
    done = 0
    for batch in in_batches(demo_orders(orders, products, seed, midnight, lines)):
        write_orders(batch, users)
        done += len(batch)
        tell(f"{done:,} of {orders:,} orders")
    caching.invalidate_on_commit(lists=True)


def wait_patiently():
    """Lift, for this transaction, the limits that keep requests short: on a busy machine they would
    end it halfway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def write_catalogue(products, sold, midnight, tell):
    """Categories, products, and the movement that each product's stock began with."""
    opening = midnight - timedelta(days=DAYS)
    shelves = Category.objects.bulk_create(
        Category(slug=shelf["slug"], name=shelf["name"]) for shelf in SHELVES
    )
    category = {shelf.slug: shelf for shelf in shelves}
    done = 0
    for batch in in_batches(products):
        rows = Product.objects.bulk_create(
            Product(**product._asdict() | {"category": category[product.category]})
            for product in batch
        )
        initial = [(row, row.stock + sold[row.sku]) for row in rows]
        StockMovement.objects.bulk_create(
            StockMovement(
                product=row, delta=count, reason=StockMovement.Reason.INITIAL, created_at=opening
            )
            for row, count in initial
            if count
        )
        done += len(batch)
        tell(f"{done:,} products in {len(shelves)} categories")
    Product.objects.update(
        updated_at=midnight
    )  # else it would differ between two runs of the same seed


def write_customers(midnight):
    """{username: user} of all who bought; nobody can log in as one of these but as the login
    `customer`."""
    users = get_user_model().objects
    opening = midnight - timedelta(days=DAYS)
    users.bulk_create(
        [
            users.model(username=name, password=make_password(None), date_joined=opening)
            for name in CUSTOMERS
        ],
        ignore_conflicts=True,
    )
    return {user.username: user for user in users.filter(username__in=[LOGIN, *CUSTOMERS])}


def write_orders(batch, users):
    """Orders with their lines, what they took from the stock, and the events that analytics will
    hear of."""
    skus = {sku for order in batch for sku in order.lines}
    product = {row.sku: row for row in Product.objects.with_category().filter(sku__in=skus)}
    orders, lines, movements, events = [], [], [], []
    for draft in batch:
        order = Order(
            id=draft.id,
            event_id=draft.event_id,
            user=users[draft.username],
            idempotency_key=f"seed-{draft.id}",
            body_hash=hash_of(
                [{"sku": sku, "quantity": count} for sku, count in draft.lines.items()]
            ),
            served_by="seed",
            created_at=draft.created_at,
        )
        own = [
            OrderLine(
                order=order, product=product[sku], quantity=count, unit_price=product[sku].price
            )
            for sku, count in draft.lines.items()
        ]
        order.total = sum(line.quantity * line.unit_price for line in own)
        orders.append(order)
        lines += own
        movements += [movement_of(line, order) for line in own]
        events.append(event_of(order, own))
    for model, rows in (
        (Order, orders),
        (OrderLine, lines),
        (StockMovement, movements),
        (OutboxEvent, events),
    ):
        model.objects.bulk_create(rows, batch_size=BATCH)


def movement_of(line, order):
    reason = StockMovement.Reason.ORDER
    return StockMovement(
        product=line.product,
        delta=-line.quantity,
        reason=reason,
        order=order,
        created_at=order.created_at,
    )


def event_of(order, lines):
    """Not sent yet: the relay takes past orders to analytics like any other."""
    payload = order_placed(order, lines)
    return OutboxEvent(
        id=order.event_id, kind=payload["kind"], payload=payload, created=order.created_at
    )


def in_batches(rows):
    """Lists of up to BATCH of `rows`, which may be a generator."""
    rows = iter(rows)
    return iter(lambda: list(islice(rows, BATCH)), [])
