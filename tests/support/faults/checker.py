"""Compares what clients got with both databases: nothing is lost, doubled, or untrue."""

from dataclasses import dataclass, field
from typing import NamedTuple

from lab.polling import wait_until
from tests.support.closed_loop import CLOSED
from tests.support.faults import bodies
from tests.support.faults.checked_load import USERS
from tests.support.shop import Client
from tests.support.shoppers import acknowledged

SLOWEST = 6  # seconds: every answer must be faster
CATCH_UP = 60  # seconds until analytics must have recorded every order
CACHED_READS = 0.9  # the share of cached reads that must succeed during a fault, whatever it is


class Excuse(NamedTuple):
    """Errors that a fault excuses: these statuses, between `since` and `until` (monotonic)."""

    statuses: tuple
    since: float
    until: float


@dataclass
class Outcome:
    """A row of docs/faults.md; `wrong` has a text for each violation."""

    fault: str
    expected: str
    requests: int = 0
    failed: int = 0
    lost: int = 0
    doubled: int = 0
    slowest: float = 0  # seconds
    recovery: float = 0  # seconds
    wrong: list = field(default_factory=list)

    def __str__(self):
        text = (
            f"{self.requests} requests, {self.failed} failed, {self.lost} lost, "
            f"{self.doubled} doubled, slowest {self.slowest:.2f} s, recovery {self.recovery:.1f} s"
        )
        return "\n  ".join([text, *self.wrong])


def check(laptop, checked, outcome, excuse, *, lag=0.0):
    """Completes the outcome of a CheckedLoad that has ended; `lag`: see stale_prices()."""
    load, prices = checked.shop, checked.prices
    outcome.wrong += bodies.wrong_bodies(load.exchanges + prices.exchanges)
    outcome.wrong += bodies.stale_prices(load.exchanges, prices.exchanges, lag=lag)
    outcome.wrong += foreign_orders(laptop, load)
    # If an instance dies, HAProxy may close the connection of a request that it must not repeat.
    answered = [each for each in prices.failures if isinstance(each.status, int)]
    outcome.wrong += [str(each) for each in answered if not each.is_problem_document]
    outcome.requests, outcome.failed = len(load.exchanges), len(load.failures)
    outcome.slowest = max(load.slowest, prices.slowest)
    outcome.wrong += unexcused(load, excuse)
    if outcome.slowest >= SLOWEST:
        outcome.wrong.append(f"an answer took {outcome.slowest:.2f} s")
    known = acknowledged(load) | retried(laptop, load, outcome)
    wait_until(lambda: not unrecorded(laptop, known.values()), seconds=CATCH_UP)
    outcome.wrong += [
        f"order {order} never reached analytics" for order in unrecorded(laptop, known.values())
    ]
    outcome.lost, outcome.doubled = compare(laptop, load, known, outcome)
    outcome.wrong += laptop.audit()["violations"]


def unexcused(load, excuse):
    """The failures that the fault does not excuse, and errors that are no problem documents."""
    for exchange in load.failures:
        under_way = (
            exchange.start <= excuse.until and exchange.start + exchange.seconds >= excuse.since
        )
        if exchange.status not in excuse.statuses or not under_way:
            yield str(exchange)
        elif not exchange.is_problem_document and exchange.status != CLOSED:
            yield f"{exchange}, and that is no problem document"


def cached_reads(checked, since, until, *, least=0, share=CACHED_READS):
    """A text if reads of cached products did not go on between these times.

    At least so many of them, and this share, must be answered.
    """
    paths = {f"/api/products/{sku}/" for sku in checked.quiet}
    asked = [
        each
        for each in checked.shop.exchanges
        if each.request["path"] in paths and since <= each.start <= until
    ]
    answered = sum(each.succeeded for each in asked)
    if answered < max(least, share * len(asked)):
        yield f"only {answered} of {len(asked)} reads of cached products were answered"
        yield from (f"  {each}" for each in asked if not each.succeeded)


def foreign_orders(laptop, load):
    """A text for each order that a client read, and that belongs to somebody else."""
    seen = bodies.orders_seen(load.exchanges)
    statement = "SELECT o.id::text, u.username FROM orders_order o JOIN auth_user u"
    statement += " ON u.id = o.user_id WHERE o.id = ANY(%s::uuid[])"
    owners = dict(laptop.sql("core", statement, list(seen)))
    for order, readers in seen.items():
        if readers != {owners.get(order)}:
            yield f"order {order} of {owners.get(order)} was read by {sorted(readers)}"


def retried(laptop, load, outcome):
    """{key: order id} of the orders that failed, after one retry with the same key."""
    failed = [exchange for exchange in load.failures if exchange.key]
    users = {name: Client(laptop).login(name) for name in USERS} if failed else {}
    known = {}
    for exchange in failed:
        lines = [(line["sku"], line["quantity"]) for line in exchange.request["body"]["lines"]]
        answer = users[exchange.request["user"]].order(*lines, key=exchange.key)
        if answer.status == 201:
            known[exchange.key] = answer.json()["id"]
        else:
            outcome.wrong.append(f"order {exchange.key}, at its retry: {answer.status}")
    return known


def unrecorded(laptop, orders):
    """The orders that analytics has not recorded."""
    statement = "SELECT order_id::text FROM sales_recordedevent WHERE order_id = ANY(%s::uuid[])"
    recorded = {row[0] for row in laptop.sql("analytics", statement, list(orders))}
    return sorted(set(orders) - recorded)


def compare(laptop, load, known, outcome):
    """(lost, doubled): the numbers of wrong orders.

    Lost orders were acknowledged and do not exist. Doubled ones exist and were not acknowledged, or
    were recorded twice.
    """
    placed = laptop.sql(
        "core",
        "SELECT id::text, idempotency_key FROM orders_order WHERE created_at >= to_timestamp(%s)",
        load.began,
    )
    lost = [key for key, order in known.items() if (order, key) not in placed]
    doubled = [f"{order} {key}" for order, key in placed if known.get(key) != order]
    facts = laptop.sql(
        "analytics",
        "SELECT order_id::text FROM sales_recordedevent WHERE order_id = ANY(%s::uuid[])"
        " GROUP BY order_id HAVING count(*) > 1",
        list(known.values()),
    )
    doubled += [f"the facts of {row[0]}" for row in facts]
    outcome.wrong += [f"lost: order {key}" for key in lost] + [
        f"doubled: {text}" for text in doubled
    ]
    return len(lost), len(doubled)
