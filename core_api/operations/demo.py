"""The demo data: products made from the words in fixtures/catalogue.json, and 90 days of orders.

The same seed gives the same data, and a larger catalogue contains the products of a smaller one.
Nothing is stored here; see seeding.py.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, cycle, islice
from itertools import product as every_combination
from random import Random
from typing import NamedTuple
from uuid import UUID

from chassis import env

CATALOGUE = json.loads((env.ROOT / "fixtures" / "catalogue.json").read_text(encoding="utf-8"))
SHELVES = CATALOGUE["categories"]
DAYS = 90
CUSTOMERS = [f"customer-{number:03d}" for number in range(1, 41)]
LOGIN = "customer"  # the demo login; it buys more often than the others


class DemoProduct(NamedTuple):
    sku: str
    name: str
    description: str
    category: str  # its slug
    price: Decimal
    stock: int


class DemoOrder(NamedTuple):
    id: UUID
    event_id: UUID
    username: str
    created_at: datetime
    lines: dict  # sku -> quantity


def demo_sku(index):
    """The sku of product number `index`, counted from 0. The categories take turns."""
    number, shelf = divmod(index, len(SHELVES))
    return f"{SHELVES[shelf]['sku']}-{number + 1:04d}"


def demo_products(count, seed):
    """The products demo_sku(0) to demo_sku(count - 1)."""
    shelves = cycle([products_of(shelf, seed) for shelf in SHELVES])
    for index, products in enumerate(islice(shelves, count)):
        yield DemoProduct(demo_sku(index), *next(products))


def products_of(shelf, seed):
    """An endless series of products of one category, without the sku."""
    random = Random(f"{seed}/{shelf['slug']}")
    department = CATALOGUE["departments"][shelf["department"]]
    parts = department["makers"], shelf["qualities"], shelf["nouns"], shelf["variants"]
    names = list(every_combination(*parts))
    random.shuffle(names)
    for number, (maker, quality, noun, variant) in enumerate(cycle(names)):
        series = f", series {number // len(names) + 1}" if number >= len(names) else ""
        notes = random.sample(department["notes"], random.choice([1, 2]))
        cheapest, dearest = shelf["nouns"][noun]
        price = random.uniform(cheapest, dearest) * shelf["variants"][variant]
        some_left, low = random.randint(6, 300), random.randint(1, 5)
        yield (
            f"{maker} {quality} {noun}, {variant}{series}",
            " ".join([f"{quality[0].upper()}{quality[1:]} {noun} by {maker}.", *notes]),
            shelf["slug"],
            Decimal(f"{price:.1f}0"),
            random.choices([0, low, some_left], [4, 8, 88])[0],
        )


def demo_orders(count, products, seed, midnight, lines=None):
    """`count` orders of the first `products` products, oldest first, in the 90 days to `midnight`.

    Popularity follows Zipf's law: the product of rank n sells 1/n as often as the first. Each order
    has one to five lines, or exactly `lines`.
    """
    random = Random(f"{seed}/orders")
    popular = random.sample(range(products), products)
    zipf = list(accumulate(1 / rank for rank in range(1, products + 1)))
    for age in sorted((DAYS * random.random() for _ in range(count)), reverse=True):
        size = lines or random.choices([1, 2, 3, 4, 5], [45, 28, 14, 8, 5])[0]
        chosen = set(random.choices(popular, cum_weights=zipf, k=size))
        while lines and len(chosen) < lines:
            chosen.update(random.choices(popular, cum_weights=zipf))
        yield DemoOrder(
            id=UUID(int=random.getrandbits(128), version=4),
            event_id=UUID(int=random.getrandbits(128), version=4),
            username=random.choice([LOGIN, LOGIN, LOGIN, *CUSTOMERS]),
            created_at=midnight - timedelta(days=age),
            lines={demo_sku(index): random.choice([1, 1, 1, 2]) for index in sorted(chosen)},
        )
