"""The demo customers' past: 90 days of orders, of popular things many and of most things few.
Nothing is stored here.

The same seed gives the same orders; only their dates hang on the midnight (UTC) that they end at.
"""

from collections import Counter
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple
from uuid import UUID

from core_api.operations.demo_products import demo_sku

DAYS = 90
CUSTOMERS = [f"customer-{number:03d}" for number in range(1, 41)]
LOGIN = "customer"  # the demo login; it buys more than the others, so that a newcomer finds orders
WEEK = [1.0, 0.9, 0.9, 1.0, 1.2, 1.5, 1.3]  # Monday to Sunday


class DemoOrder(NamedTuple):
    id: UUID
    event_id: UUID
    username: str
    created_at: datetime
    lines: dict  # sku -> quantity


def demo_orders(count, products, seed, midnight, lines=None):
    """`count` orders of the first `products` demo products, oldest first, in the 90 days before
    `midnight`.

    Each has one to five lines, or exactly `lines`.
    """
    random = Random(f"{seed}/orders")
    popular = list(range(products))
    random.shuffle(popular)
    zipf = list(accumulate(1 / rank for rank in range(1, products + 1)))
    buyers = [LOGIN] * 3 + CUSTOMERS
    for created_at in order_times(random, count, midnight):
        chosen = random.choices(
            popular, cum_weights=zipf, k=lines or some(random, [45, 28, 14, 8, 5])
        )
        while lines and len(set(chosen)) < lines:
            chosen += random.choices(popular, cum_weights=zipf)
        yield DemoOrder(
            id=UUID(int=random.getrandbits(128), version=4),
            event_id=UUID(int=random.getrandbits(128), version=4),
            username=random.choice(buyers),
            created_at=created_at,
            lines={demo_sku(index): some(random, [70, 20, 7, 3]) for index in chosen},
        )


def order_times(random, count, midnight):
    """Ascending moments: more orders lately than 90 days ago, more at weekends, and most in the
    evening."""
    days = [midnight - timedelta(days=DAYS - day) for day in range(DAYS)]
    weights = [WEEK[day.weekday()] * (1 + number / DAYS) for number, day in enumerate(days)]
    orders_of = Counter(random.choices(range(DAYS), weights, k=count))
    for number, day in enumerate(days):
        hours = sorted(random.triangular(6, 24, 19) for _ in range(orders_of[number]))
        yield from (day + timedelta(seconds=int(hour * 3600)) for hour in hours)


def some(random, weights):
    """1, 2, 3 ... with the given weights."""
    return random.choices(range(1, len(weights) + 1), weights)[0]
