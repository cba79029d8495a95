"""The inbox: turns each event into facts exactly once, whatever copies arrive, in any order."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.serializers import OrderPlacedSerializer


def record_order_placed(payload: dict[str, Any]) -> tuple[UUID, bool]:
    """Record the event and its facts in one transaction. Return (event_id, is_new).

    Raises ValidationError if the payload breaks the contract.

    A copy changes nothing, even with other lines. Of two simultaneous copies, the second insert
    of the id waits for the first one's commit and then fails.
    """
    message = OrderPlacedSerializer(data=payload)
    message.is_valid(raise_exception=True)
    event = message.validated_data
    lines = event.pop("lines")
    date = event["occurred_at"].date()
    try:
        with transaction.atomic():
            recorded = RecordedEvent.objects.create(**event)
            Sale.objects.bulk_create(
                Sale(event=recorded, line=number, date=date, **line)
                for number, line in enumerate(lines, start=1)
            )
    except IntegrityError:
        if not RecordedEvent.objects.filter(pk=event["event_id"]).exists():
            raise  # another constraint failed
        return event["event_id"], False
    return event["event_id"], True
