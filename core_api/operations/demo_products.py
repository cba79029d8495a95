"""The demo catalogue: realistic products made from the word parts in fixtures/catalogue.json.
Nothing is stored here.

The same seed gives the same products, and a larger catalogue begins with the products of a smaller
one.
"""

import json
from decimal import Decimal
from itertools import product as every_combination
from random import Random
from typing import NamedTuple

from chassis import env

CATALOGUE = json.loads((env.ROOT / "fixtures" / "catalogue.json").read_text(encoding="utf-8"))
SHELVES = CATALOGUE["categories"]


class DemoProduct(NamedTuple):
    sku: str
    name: str
    description: str
    category: str  # its slug
    price: Decimal
    stock: int


def demo_sku(index):
    """The sku of the demo product number `index` (from 0): the shelves take turns, so that all are
    equally full."""
    round_number, shelf = divmod(index, len(SHELVES))
    return f"{SHELVES[shelf]['sku']}-{round_number + 1:04d}"


def demo_products(count, seed):
    """`count` products, shelf by shelf; their skus are demo_sku(0) to demo_sku(count - 1)."""
    for position, shelf in enumerate(SHELVES):
        yield from shelf_products(shelf, len(range(position, count, len(SHELVES))), seed)


def shelf_products(shelf, count, seed):
    """The first `count` products of one category."""
    random = Random(f"{seed}/{shelf['slug']}")
    department = CATALOGUE["departments"][shelf["department"]]
    parts = department["makers"], shelf["qualities"], shelf["nouns"], shelf["variants"]
    names = list(every_combination(*parts))
    random.shuffle(names)
    for number in range(count):
        series, place = divmod(number, len(names))
        maker, quality, noun, variant = names[place]
        cheapest, dearest = shelf["nouns"][noun]
        amount = cheapest * (dearest / cheapest) ** random.random() * shelf["variants"][variant]
        price = shop_price(amount)
        yield DemoProduct(
            sku=f"{shelf['sku']}-{number + 1:04d}",
            name=f"{maker} {quality} {noun}, {variant}"
            + (f", series {series + 1}" if series else ""),
            description=describe(random, maker, quality, noun, department["notes"]),
            category=shelf["slug"],
            price=price,
            stock=shelf_stock(random, price),
        )


def describe(random, maker, quality, noun, notes):
    """Two or three sentences."""
    chosen = random.sample(notes, random.choice([1, 2]))
    return " ".join([f"{quality[0].upper()}{quality[1:]} {noun} by {maker}.", *chosen])


def shop_price(amount):
    """The price as shops write it: 3.40, 12.90, 249.00."""
    if amount < 10:
        return Decimal(round(amount * 10)) / 10
    if amount < 100:
        return Decimal(round(amount)) - Decimal("0.10")
    return Decimal(round(amount / 5) * 5 - 1)


def shelf_stock(random, price):
    """What is left of a product today: a few are sold out, some nearly, and of dear ones there are
    fewer."""
    plenty = 400 if price < 20 else 120 if price < 100 else 30
    fate = random.random()
    if fate < 0.04:
        return 0
    if fate < 0.12:
        return random.randint(1, 5)
    return random.randint(6, plenty)
