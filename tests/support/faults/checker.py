"""What clients were told, compared with what both databases hold: nothing lost, nothing doubled,
nobody misled."""

from dataclasses import dataclass, field
from typing import NamedTuple

from lab.polling import wait_until
from tests.support.shop import Client
from tests.support.shoppers import acknowledged

SLOWEST = 6  # seconds: no answer takes longer, whatever happens
CATCH_UP = 60  # seconds in which every order becomes facts in analytics


class Excuse(NamedTuple):
    """What a fault excuses: these statuses, of requests under way from `since` to `until`
    (monotonic seconds)."""

    statuses: tuple
    since: float
    until: float


@dataclass
class Outcome:
    """A row of docs/faults.md; `wrong` names all that was promised and did not hold."""

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
            f"{self.requests} requests, {self.failed} failed, {self.lost} lost, {self.doubled} doubled, "
            f"slowest {self.slowest:.2f} s, recovery {self.recovery:.1f} s"
        )
        return "\n  ".join([text, *self.wrong])


def check(laptop, load, outcome, excuse):
    """Fills in the outcome of a load that has ended."""
    outcome.requests, outcome.failed = len(load.exchanges), len(load.failures)
    outcome.slowest = load.slowest
    outcome.wrong += unexcused(load, excuse)
    if load.slowest >= SLOWEST:
        outcome.wrong.append(f"an answer took {load.slowest:.2f} s")
    told = acknowledged(load) | asked_again(laptop, load, outcome)
    wait_until(lambda: not without_facts(laptop, told.values()), seconds=CATCH_UP)
    outcome.wrong += [
        f"order {order} never reached analytics" for order in without_facts(laptop, told.values())
    ]
    outcome.lost, outcome.doubled = compare(laptop, load, told, outcome)
    outcome.wrong += laptop.audit()["violations"]


def unexcused(load, excuse):
    """Failures that the fault does not excuse, and errors that are no problem documents."""
    for request in load.failures:
        under_way = (
            request.start <= excuse.until and request.start + request.seconds >= excuse.since
        )
        if request.status not in excuse.statuses or not under_way:
            yield str(request)
        elif not request.is_problem_document:
            yield f"{request}, and that is no problem document"


def asked_again(laptop, load, outcome):
    """{key: the order's id} of the orders that failed, after their clients asked once more with the
    same key."""
    told = {}
    customer = Client(laptop).login("customer")
    for request in load.failures:
        if request.key:
            lines = [(line["sku"], line["quantity"]) for line in request.request["body"]["lines"]]
            answer = customer.order(*lines, key=request.key)
            if answer.status == 201:
                told[request.key] = answer.json()["id"]
            else:
                outcome.wrong.append(f"order {request.key}, asked for once more: {answer.status}")
    return told


def without_facts(laptop, orders):
    """The orders that analytics does not know."""
    statement = "SELECT order_id::text FROM sales_recordedevent WHERE order_id = ANY(%s::uuid[])"
    known = {row[0] for row in laptop.sql("analytics", statement, list(orders))}
    return sorted(set(orders) - known)


def compare(laptop, load, told, outcome):
    """(lost, doubled): orders that were acknowledged and are not there; orders and facts that are
    there too often."""
    placed = laptop.sql(
        "core",
        "SELECT o.id::text, o.idempotency_key FROM orders_order o JOIN auth_user u ON u.id = o.user_id"
        " WHERE u.username = 'customer' AND o.created_at >= to_timestamp(%s)",
        load.began,
    )
    lost = [key for key, order in told.items() if (order, key) not in placed]
    doubled = [f"{order} {key}" for order, key in placed if told.get(key) != order]
    facts = laptop.sql(
        "analytics",
        "SELECT order_id::text FROM sales_recordedevent WHERE order_id = ANY(%s::uuid[])"
        " GROUP BY order_id HAVING count(*) > 1",
        list(told.values()),
    )
    doubled += [f"the facts of {row[0]}" for row in facts]
    outcome.wrong += [f"lost: order {key}" for key in lost] + [
        f"doubled: {text}" for text in doubled
    ]
    return len(lost), len(doubled)
