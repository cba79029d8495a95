"""The truth about the shoppers' orders: acknowledged, in the database of core, and in analytics.

Lost: acknowledged, and not in core. Doubled: a key with two orders, or with an order and a refusal,
or one event counted twice.
In doubt: no answer yet; such an order is asked for again with its key, as a real client would.
"""

import json
import time
from typing import Any

from lab.board.sources import Database, Source

AGAIN = 2.0  # seconds until an order in doubt is asked for again
AT_ONCE = 5  # so many of them are asked for at the same time
RECENT = 60.0  # seconds: younger orders are checked every second, older ones every tenth
MOST_OPEN = 2000  # orders that are not whole; in a long outage there are no more
KEPT = 20_000  # orders that are checked again; older ones were whole when they were checked last
IN_CORE = """
    SELECT idempotency_key, count(*), min(id::text) FROM orders_order
    WHERE user_id = %(user)s AND idempotency_key = ANY(%(keys)s) GROUP BY 1"""
COUNT_IN_CORE = """
    SELECT count(*), count(DISTINCT idempotency_key) FROM orders_order
    WHERE user_id = %(user)s AND idempotency_key = ANY(%(keys)s)"""
IN_ANALYTICS = """
    SELECT order_id::text, count(*) FROM sales_recordedevent
    WHERE order_id = ANY(%(ids)s::uuid[]) GROUP BY 1"""
COUNT_IN_ANALYTICS = """
    SELECT count(*), count(DISTINCT order_id) FROM sales_recordedevent
    WHERE order_id = ANY(%(ids)s::uuid[])"""


class Order:
    """An order of the shoppers and what is known of it."""

    __slots__ = (
        *("key", "sku", "at", "state", "id", "rows", "facts"),
        *("asked", "due", "refused_at", "answers"),
    )

    def __init__(self, key: str, sku: str) -> None:
        self.key, self.sku, self.at = key, sku, time.time()
        self.state = "sent"  # then acknowledged, refused or doubt
        self.id: str | None = None
        self.rows: int | None = None  # in core; None: not looked yet
        self.facts = 0  # in analytics
        self.asked = True  # a request is under way
        self.due = 0.0  # when it is asked for again
        self.refused_at = 0.0
        self.answers: list[dict[str, Any]] = []

    def note_answer(self, record: dict[str, Any]) -> None:
        """Keep what the shoppers got, for the one who follows this order; the last five times."""
        status, instance = record["status"] or "no answer", record.get("instance")
        step = {"at": time.time(), "text": f"the shoppers got: {status}"}
        self.answers = [*self.answers[-4:], step | {"where": instance or "haproxy"}]

    @property
    def is_whole(self) -> bool:
        return (self.state, self.rows, self.facts) == ("acknowledged", 1, 1)


class Ledger:
    """All orders of this session: those that are whole, and the others, which are `open`."""

    def __init__(self, session: str, core: Database, analytics: Database) -> None:
        self.prefix, self.user = f"board/{session}", 0
        self.core, self.analytics = core, analytics
        self.count = self.forgotten = self.refused = 0
        self.open: dict[str, Order] = {}
        self.whole: dict[str, Order] = {}
        self.refusals: dict[str, Order] = {}  # refused, and watched for a while
        self.core_checks = Source(self._check_core, patience=0.9)
        self.analytics_checks = Source(self._check_analytics, patience=0.9)
        self._checks = 0
        self._figures: dict[str, Any] = self._count()

    # What the shoppers do and hear.

    def new_order(self, sku: str) -> dict[str, Any]:
        """Return the request of a new order, with a key of its own."""
        self.count += 1
        order = Order(f"{self.prefix}/{self.count}", sku)
        self.open[order.key] = order
        return _request(order)

    def answered(self, key: str, record: dict[str, Any]) -> None:
        """Take note of the answer to an order; no answer and 5xx leave it in doubt."""
        order = self.open.get(key)
        if not order:
            return
        order.asked = False
        order.note_answer(record)
        if record["status"] in (200, 201) and (id := _id_in(record)):
            order.state, order.id = "acknowledged", id
        # 401: its token has ended. 429: not now.
        elif 400 <= record["status"] < 500 and record["status"] not in (401, 408, 429):
            self.refused += 1
            order.state, order.refused_at = "refused", time.time()
            self.refusals[key] = self.open.pop(key)
        else:
            order.state, order.due = "doubt", time.monotonic() + AGAIN

    def due_again(self) -> list[dict[str, Any]]:
        """Return the requests of orders in doubt that are to be sent again now."""
        doubtful = [order for order in self.open.values() if order.state == "doubt"]
        free = AT_ONCE - sum(order.asked for order in doubtful)
        due = [o for o in doubtful if not o.asked and o.due <= time.monotonic()]
        for order in due[: max(0, free)]:
            order.asked = True
        return [_request(order) for order in due[: max(0, free)]]

    def find(self, key: str) -> Order | None:
        """Return the order with this key, if it is not forgotten."""
        return self.open.get(key) or self.whole.get(key) or self.refusals.get(key)

    @property
    def is_full(self) -> bool:
        """Whether so many orders are in doubt that there should be no new ones."""
        return len(self.open) >= MOST_OPEN

    # What the databases say.

    async def check(self) -> None:
        """Compare all that may have changed with both databases; every tenth time all of it."""
        if not self.count:
            return
        self._checks += 1
        await self.core_checks.look()
        await self.analytics_checks.look()
        self._sort()
        self._figures = self._count()

    async def _check_core(self) -> None:
        known = [o for o in self.open.values() if o.state == "acknowledged"]
        known += self.refusals.values()
        older = self._to_check_again()
        if older:
            keys = [order.key for order in older]
            [counts] = await self.core.rows(COUNT_IN_CORE, user=self.user, keys=keys)
            if counts != (len(keys), len(keys)):
                known += older
        if known:
            keys = [order.key for order in known]
            found = await self.core.rows(IN_CORE, user=self.user, keys=keys)
            rows = {key: count for key, count, _ in found}
            for order in known:
                order.rows = rows.get(order.key, 0)

    async def _check_analytics(self) -> None:
        known = [o for o in self.open.values() if o.state == "acknowledged"]
        older = self._to_check_again()
        if older:
            ids = [order.id for order in older]
            [counts] = await self.analytics.rows(COUNT_IN_ANALYTICS, ids=ids)
            if counts != (len(ids), len(ids)):
                known += older
        if known:
            ids = [order.id for order in known]
            facts = dict(await self.analytics.rows(IN_ANALYTICS, ids=ids))
            for order in known:
                order.facts = facts.get(order.id, 0)

    def _to_check_again(self) -> list[Order]:
        if self._checks % 10 == 0:
            return list(self.whole.values())
        recent = []
        for order in reversed(self.whole.values()):
            if order.at < time.time() - RECENT:
                break
            recent.append(order)
        return recent

    def _sort(self) -> None:
        """Move what became whole, or is no more; forget the oldest that are whole."""
        for key in [key for key, order in self.open.items() if order.is_whole]:
            self.whole[key] = self.open.pop(key)
        # No other can have changed; to look at all of them each second takes 2 ms.
        for order in [order for order in self._to_check_again() if not order.is_whole]:
            self.open[order.key] = self.whole.pop(order.key)
        for key, order in list(self.refusals.items()):
            if order.rows == 0 and order.refused_at < time.time() - RECENT:
                del self.refusals[key]
        while len(self.whole) > KEPT:
            del self.whole[next(iter(self.whole))]
            self.forgotten += 1

    # What the page shows.

    def truth(self) -> dict[str, Any]:
        """Return the truth line; a number that a silent database would have to tell is None."""
        core, analytics = self.core_checks, self.analytics_checks
        truth = self._figures | {
            "open": len(self.open),  # of all orders: those that are not whole yet
            "in_doubt": sum(order.state == "doubt" for order in self.open.values()),
            "as_of": min(core.at, analytics.at) if core.at and analytics.at else None,
            "unknown_since": {"core": core.silent_since, "analytics": analytics.silent_since},
        }
        if core.silent_since:
            truth |= dict.fromkeys(("recorded", "lost", "doubled", "travelling", "oldest"))
            known = sum(order.state == "acknowledged" for order in self.open.values())
            truth["acknowledged"] = self.forgotten + len(self.whole) + known
        if analytics.silent_since:
            truth |= dict.fromkeys(("counted", "doubled", "travelling", "oldest"))
        return truth

    def _count(self) -> dict[str, Any]:
        whole = self.forgotten + len(self.whole)
        checked = [
            o for o in self.open.values() if o.state == "acknowledged" and o.rows is not None
        ]
        travelling = [order for order in checked if order.rows and not order.facts]
        oldest = max((time.time() - order.at for order in travelling), default=0.0)
        return {
            # Of the same moment as the others, so that they can be compared.
            "acknowledged": whole + len(checked),
            "recorded": whole + sum(bool(order.rows) for order in checked),
            "counted": whole + sum(bool(order.facts) for order in checked),
            "travelling": len(travelling),
            "oldest": round(oldest, 1),
            "lost": sum(order.rows == 0 for order in checked),
            "doubled": sum(
                max(0, (order.rows or 0) - 1) + max(0, order.facts - 1) for order in checked
            )
            + sum(order.rows or 0 for order in self.refusals.values()),
        }


def _id_in(record: dict[str, Any]) -> str | None:
    try:
        return str(json.loads(record["answer"])["id"])
    except (ValueError, LookupError, TypeError):  # half an answer is none
        return None


def _request(order: Order) -> dict[str, Any]:
    return {
        **{"kind": "order", "method": "POST", "path": "/api/orders/", "note": order.key},
        **{"headers": {"Idempotency-Key": order.key}, "keep": True},
        "body": {"lines": [{"sku": order.sku, "quantity": 1}]},
    }
