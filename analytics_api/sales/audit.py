"""The audit of analytics: do the facts still say what their events said, and what figures does each
event come to?"""

from datetime import UTC

from django.db.models.functions import TruncDate

from analytics_api.sales.models import RecordedEvent, Sale


def violations():
    """One sentence for each broken invariant. Facts without an event need no look: the foreign key
    forbids them."""
    for event in _events_with_figures():
        if event.units is None:
            yield f"event {event.event_id} has no facts, its total is {event.total}"
        elif money(event) != f"{event.total:.2f}":
            yield f"event {event.event_id}: its facts add up to {money(event)}, its total is {event.total}"
    facts = Sale.objects.exclude(date=TruncDate("event__occurred_at", tzinfo=UTC)).order_by()
    for event_id, line in facts.values_list("event_id", "line").iterator():
        yield f"event {event_id}: its line {line} has another date"


def figures():
    """{event_id: [units, money]} of each recorded event; the lab compares it with the shop's."""
    return {
        str(event.event_id): [event.units or 0, money(event)] for event in _events_with_figures()
    }


def money(event):
    """What the event's facts add up to, as text; databases differ in how many decimals a sum
    has."""
    return f"{event.money or 0:.2f}"


def _events_with_figures():
    columns = ["event_id", "total", "units", "money"]
    events = RecordedEvent.objects.with_figures().order_by().values_list(*columns, named=True)
    return events.iterator()  # a row at a time, never all in memory
