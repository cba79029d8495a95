"""The inbox: turning an event into facts, once, however often and in whatever order events arrive."""

from datetime import UTC

from django.db import transaction

from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.serializers import OrderPlacedSerializer


def record_order_placed(payload):
    """(event_id, new): the event is recorded wholly when this returns; `new` is False when it was before.

    A copy changes nothing, even with other lines in it. Two copies at the same moment meet at the primary key: the
    second waits there for the first one's commit, then finds it. ValidationError when the contract is broken.
    """
    message = OrderPlacedSerializer(data=payload)
    message.is_valid(raise_exception=True)
    event = message.validated_data
    lines = event.pop("lines")
    with transaction.atomic():
        recorded, new = RecordedEvent.objects.get_or_create(event_id=event["event_id"], defaults=event)
        if new:
            Sale.objects.bulk_create(
                Sale(event=recorded, line=number, date=recorded.occurred_at.astimezone(UTC).date(), **line)
                for number, line in enumerate(lines, start=1)
            )
    return recorded.event_id, new
