"""Made-up facts, for measuring analytics at a size that a laptop's shop never reaches; nothing is
stored here.

The same seed gives the same facts; only their dates hang on the midnight (UTC) that they end at.
"""

from datetime import timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from uuid import UUID

from analytics_api.sales.models import RecordedEvent, Sale

DAYS = 90
LINES = 10  # facts of one event
SHELVES = 40


def demo_facts(count, seed, midnight):
    """(event, its facts) until there are `count` facts, in the 90 days before `midnight`, oldest
    first.

    Of popular products there are many and of most few, as in the shop; an event's total is what its
    facts add up to.
    """
    random = Random(f"{seed}/facts")
    products = range(max(LINES, count // LINES))
    zipf = list(accumulate(1 / rank for rank in range(1, len(products) + 1)))
    prices = [Decimal(random.randrange(100, 20_000)) / 100 for _ in products]
    for first in range(0, count, LINES):
        occurred_at = midnight - timedelta(days=DAYS) * (count - first) / count
        event = RecordedEvent(
            event_id=UUID(int=random.getrandbits(128), version=4),
            kind="order_placed",
            order_id=UUID(int=random.getrandbits(128), version=4),
            occurred_at=occurred_at,
        )
        chosen = random.choices(products, cum_weights=zipf, k=min(LINES, count - first))
        facts = [
            Sale(
                event=event,
                line=line,
                sku=f"DEMO-{product:06}",
                category=f"shelf-{product % SHELVES}",
                quantity=random.randint(1, 4),
                unit_price=prices[product],
                date=occurred_at.date(),
            )
            for line, product in enumerate(chosen, start=1)
        ]
        event.total = sum(fact.quantity * fact.unit_price for fact in facts)
        yield event, facts
