"""Follow one order: its request, the instance, the row, the event, and the fact in analytics."""

from typing import Any

from lab.board.ledger import Ledger
from lab.board.sources import ERRORS, Database

ROW = """
    SELECT o.served_by, extract(epoch FROM o.created_at), o.id::text,
           extract(epoch FROM e.created), extract(epoch FROM e.sent),
           extract(epoch FROM e.acknowledged)
    FROM orders_order o LEFT JOIN orders_outboxevent e ON e.id = o.event_id
    WHERE o.user_id = %(user)s AND o.idempotency_key = %(key)s ORDER BY o.created_at"""
FACT = """
    SELECT extract(epoch FROM recorded_at) FROM sales_recordedevent
    WHERE order_id = %(order)s::uuid ORDER BY recorded_at"""


async def steps(
    key: str, ledger: Ledger, core: Database, analytics: Database
) -> list[dict[str, Any]] | None:
    """Return the steps of an order, the first one first; None for an order that is unknown.

    A database that does not answer is a step whose time is None.
    """
    order = ledger.find(key)
    if not order:
        return None
    found: list[dict[str, Any]] = [
        _step(order.at, f"the key {key} was made", "shoppers"),
        *(_step(each["at"], each["text"], each["where"]) for each in order.answers),
    ]
    try:
        for served, created, id, made, sent, heard in await core.rows(
            ROW, user=ledger.user, key=key
        ):
            found.append(_step(created, f"order {id} is a row in core", served))
            found.append(_step(made, "its event is in the outbox", "postgres-core"))
            found.append(_step(sent, "the relay sent the event", "relay"))
            found.append(_step(heard, "analytics acknowledged it", "relay"))
    except ERRORS:
        found.append({"at": None, "what": "core does not answer", "where": "postgres-core"})
    try:
        for (recorded,) in await analytics.rows(FACT, order=order.id) if order.id else ():
            found.append(_step(recorded, "the event is a fact", "postgres-analytics"))
    except ERRORS:
        silent = "analytics does not answer"
        found.append({"at": None, "what": silent, "where": "postgres-analytics"})
    known = [step for step in found if step["at"] is not None]
    unknown = [step for step in found if step["at"] is None and "answer" in step["what"]]
    return sorted(known, key=lambda step: step["at"]) + unknown


def _step(at: Any, what: str, where: str) -> dict[str, Any]:
    return {"at": None if at is None else round(float(at), 3), "what": what, "where": where}
