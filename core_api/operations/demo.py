"""The demo shop: products made from the words in fixtures/catalogue.json, and 90 days of orders.

The same seed gives the same shop, and a larger catalogue contains the products of a smaller one.
"""

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from itertools import cycle, product
from random import Random
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from chassis import env
from core_api.catalog import caching
from core_api.catalog.models import Category, Product, StockMovement
from core_api.orders.models import Order, OrderLine, OutboxEvent
from core_api.orders.rows import hash_of, rows_of

CATALOGUE = json.loads((env.ROOT / "fixtures" / "catalogue.json").read_text(encoding="utf-8"))
CATEGORIES = CATALOGUE["categories"]
PAST = timedelta(days=90)
CUSTOMERS = [f"customer-{number:03d}" for number in range(1, 41)]
LOGIN = "customer"  # the demo login; it buys more often than the others
BATCH = 1000  # orders, or rows of an INSERT


@transaction.atomic
def fill_shop(*, products, orders, seed, midnight, report):
    """Write the demo data into an empty shop, in one transaction. The login must exist.

    Stock, movements, orders and events add up. `report(sentence)` reports progress.
    """
    lift_time_limits()
    catalogue = list(demo_products(products, seed))
    past = list(demo_orders(orders, [row.sku for row in catalogue], seed, midnight))
    write_catalogue(catalogue, past, midnight)
    report(f"{products:,} products in {len(CATEGORIES)} categories")
    rows, users = {row.sku: row for row in catalogue}, write_customers(midnight)
    for first in range(0, orders, BATCH):
        write_orders(past[first : first + BATCH], rows, users)
        report(f"{min(first + BATCH, orders):,} of {orders:,} orders")
    caching.invalidate_on_commit(lists=True)


def demo_products(count, seed):
    """`count` products that are not saved yet. The categories take turns."""
    categories = [Category(slug=entry["slug"], name=entry["name"]) for entry in CATEGORIES]
    products = [products_of(entry, seed) for entry in CATEGORIES]
    for index in range(count):
        number, turn = divmod(index, len(CATEGORIES))
        sku = f"{CATEGORIES[turn]['sku']}-{number + 1:04d}"
        yield Product(sku=sku, category=categories[turn], **next(products[turn]))


def products_of(entry, seed):
    """An endless series of products of one category: name, description, price and stock."""
    random = Random(f"{seed}/{entry['slug']}")
    department = CATALOGUE["departments"][entry["department"]]
    parts = department["makers"], entry["qualities"], entry["nouns"], entry["variants"]
    names = list(product(*parts))
    random.shuffle(names)
    for number, (maker, quality, noun, variant) in enumerate(cycle(names)):
        series = f", series {number // len(names) + 1}" if number >= len(names) else ""
        notes = random.sample(department["notes"], random.choice([1, 2]))
        price = random.uniform(*entry["nouns"][noun]) * entry["variants"][variant]
        some_left, low = random.randint(6, 300), random.randint(1, 5)
        yield {
            "name": f"{maker} {quality} {noun}, {variant}{series}",
            "description": " ".join(
                [f"{quality[0].upper()}{quality[1:]} {noun} by {maker}.", *notes]
            ),
            "price": Decimal(f"{price:.1f}0"),
            "stock": random.choices([0, low, some_left], [4, 8, 88])[0],
        }


def demo_orders(count, skus, seed, midnight):
    """`count` pairs (fields of an order, {sku: quantity}), oldest first, from the days of PAST.

    A few products sell far more than the others: the cube of a random number is often near 0.
    """
    random = Random(f"{seed}/orders")
    popular = random.sample(skus, len(skus))
    for age in sorted((random.random() for _ in range(count)), reverse=True):
        size = random.choices([1, 2, 3, 4, 5], [45, 28, 14, 8, 5])[0]
        chosen = [popular[int(len(popular) * random.random() ** 3)] for _ in range(size)]
        fields = {
            "id": UUID(int=random.getrandbits(128), version=4),
            "event_id": UUID(int=random.getrandbits(128), version=4),
            "user": random.choice([LOGIN, LOGIN, LOGIN, *CUSTOMERS]),
            "created_at": midnight - age * PAST,
        }
        yield fields, {sku: random.choice([1, 1, 1, 2]) for sku in chosen}


def lift_time_limits():
    """Allow this transaction more time than a request has."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def write_catalogue(products, orders, midnight):
    """Each product begins with what is left plus what the orders took."""
    sold = Counter()
    for _, quantities in orders:
        sold.update(quantities)
    Category.objects.bulk_create({row.category.slug: row.category for row in products}.values())
    for row in products:
        row.category_id = row.category.pk
    Product.objects.bulk_create(products, batch_size=BATCH)
    Product.objects.update(updated_at=midnight)  # so that the same seed gives the same rows
    initial = {"reason": StockMovement.Reason.INITIAL, "created_at": midnight - PAST}
    movements = [
        StockMovement(product=row, delta=row.stock + sold[row.sku], **initial) for row in products
    ]
    StockMovement.objects.bulk_create((row for row in movements if row.delta), batch_size=BATCH)


def write_customers(midnight):
    """Return {username: user} of all buyers. Only the login has a password."""
    users = get_user_model().objects
    fields = {"password": make_password(None), "date_joined": midnight - PAST}
    drafts = [users.model(username=name, **fields) for name in CUSTOMERS]
    users.bulk_create(drafts, ignore_conflicts=True)
    return {user.username: user for user in users.filter(username__in=[LOGIN, *CUSTOMERS])}


def write_orders(batch, products, users):
    """Write orders with their lines, movements and events. The relay will send the events."""
    written = {Order: [], OrderLine: [], StockMovement: [], OutboxEvent: []}
    for fields, quantities in batch:
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]
        order = Order(
            **fields | {"user": users[fields["user"]]},
            idempotency_key=f"seed-{fields['id']}",
            body_hash=hash_of(wanted),
            served_by="seed",
        )
        lines, movements, event = rows_of(order, wanted, products)
        written[Order].append(order)
        written[OrderLine] += lines
        written[StockMovement] += movements
        written[OutboxEvent].append(event)
    for model, rows in written.items():
        model.objects.bulk_create(rows, batch_size=BATCH)
