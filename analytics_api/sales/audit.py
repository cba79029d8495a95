"""The audit of analytics: whether the facts match their events, and the figures of each event."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncDate

from analytics_api.sales.models import RecordedEvent, Sale


def violations() -> Iterator[str]:
    """One sentence for each broken invariant. A foreign key forbids facts without an event."""
    for event in _events_with_figures():
        if event.units is None:
            yield f"event {event.event_id} has no facts, its total is {event.total}"
        elif money(event) != f"{event.total:.2f}":
            found = f"its facts add up to {money(event)}, its total is {event.total}"
            yield f"event {event.event_id}: {found}"
    facts = Sale.objects.exclude(date=TruncDate("event__occurred_at", tzinfo=UTC)).order_by()
    for event_id, line in facts.values_list("event_id", "line").iterator():
        yield f"event {event_id}: its line {line} has another date"


def figures() -> dict[str, list]:
    """{event_id: [units, money]} of each event; ./escala audit compares it with the shop's."""
    events = _events_with_figures()
    return {str(event.event_id): [event.units or 0, money(event)] for event in events}


def units() -> dict[str, dict[str, int]]:
    """{event_id: {sku: units}} from the facts; ./escala audit compares this too."""
    found: dict[str, dict[str, int]] = {}
    sums = Sale.objects.order_by().values_list("event_id", "sku").annotate(Sum("quantity"))
    for event_id, sku, sold in sums.iterator():
        found.setdefault(str(event_id), {})[sku] = sold
    return found


def money(event: Any) -> str:
    """The sum of the event's facts as text; databases differ in the decimals of a sum."""
    return f"{event.money or 0:.2f}"


def _events_with_figures():
    columns = ["event_id", "total", "units", "money"]
    events = RecordedEvent.objects.with_figures().order_by().values_list(*columns, named=True)
    return events.iterator()  # row by row, never all in memory
