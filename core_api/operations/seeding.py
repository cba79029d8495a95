"""Fill an empty shop with the demo data, in bulk. Stock, movements, orders and events add up."""

from collections import Counter
from datetime import timedelta
from itertools import islice

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from core_api.catalog import caching
from core_api.catalog.models import Category, Product, StockMovement
from core_api.operations.demo import CUSTOMERS, DAYS, LOGIN, SHELVES, demo_orders, demo_products
from core_api.orders.models import Order
from core_api.orders.services import hash_of, rows_of

BATCH = 1000  # rows of each kind in memory


@transaction.atomic
def fill_shop(*, products, orders, seed, midnight, tell, lines=None):
    """Write all demo products and orders in one transaction. The login `customer` must exist.

    `tell(sentence)` reports progress. Each order has one to five lines, or exactly `lines`.
    """
    lift_time_limits()
    past = products, seed, midnight, lines
    # The same seed gives the same orders twice: first they are only counted, because the stock that
    # a product began with is what is left plus what was sold.
    sold = Counter()
    for order in demo_orders(orders, *past):
        sold.update(order.lines)
    done = 0
    categories = write_categories()
    for batch in in_batches(demo_products(products, seed)):
        write_products(batch, categories, sold, midnight - timedelta(days=DAYS))
        done += len(batch)
        tell(f"{done:,} products in {len(categories)} categories")
    Product.objects.update(updated_at=midnight)  # so that the same seed gives the same rows
    done, users = 0, write_customers(midnight)
    for batch in in_batches(demo_orders(orders, *past)):
        write_orders(batch, users)
        done += len(batch)
        tell(f"{done:,} of {orders:,} orders")
    caching.invalidate_on_commit(lists=True)


def lift_time_limits():
    """Allow this transaction more time than a request has."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def write_categories():
    rows = Category.objects.bulk_create(
        Category(slug=shelf["slug"], name=shelf["name"]) for shelf in SHELVES
    )
    return {category.slug: category for category in rows}


def write_products(batch, categories, sold, opening):
    rows = Product.objects.bulk_create(
        Product(**product._asdict() | {"category": categories[product.category]})
        for product in batch
    )
    reason = StockMovement.Reason.INITIAL
    StockMovement.objects.bulk_create(
        StockMovement(product=row, delta=initial, reason=reason, created_at=opening)
        for row in rows
        if (initial := row.stock + sold[row.sku])
    )


def write_customers(midnight):
    """Return {username: user} of all buyers. Only the login `customer` has a password."""
    users = get_user_model().objects
    fields = {"password": make_password(None), "date_joined": midnight - timedelta(days=DAYS)}
    drafts = [users.model(username=name, **fields) for name in CUSTOMERS]
    users.bulk_create(drafts, ignore_conflicts=True)
    return {user.username: user for user in users.filter(username__in=[LOGIN, *CUSTOMERS])}


def write_orders(batch, users):
    """Write orders with their lines, movements and events. The relay will send the events."""
    skus = {sku for order in batch for sku in order.lines}
    products = {row.sku: row for row in Product.objects.with_category().filter(sku__in=skus)}
    orders, lines, movements, events = [], [], [], []
    for draft in batch:
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in draft.lines.items()]
        order = Order(
            id=draft.id,
            event_id=draft.event_id,
            user=users[draft.username],
            idempotency_key=f"seed-{draft.id}",
            body_hash=hash_of(wanted),
            served_by="seed",
            created_at=draft.created_at,
        )
        own_lines, own_movements, event = rows_of(order, wanted, products)
        orders.append(order)
        lines += own_lines
        movements += own_movements
        events.append(event)
    for rows in (orders, lines, movements, events):
        type(rows[0]).objects.bulk_create(rows, batch_size=BATCH)


def in_batches(rows):
    """Lists of up to BATCH rows of an iterable."""
    rows = iter(rows)
    return iter(lambda: list(islice(rows, BATCH)), [])
