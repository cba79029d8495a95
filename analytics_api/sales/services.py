"""The inbox: turning an event into facts, once, however often and in whatever order events
arrive."""

from django.db import IntegrityError, transaction

from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.serializers import OrderPlacedSerializer


def record_order_placed(payload):
    """(event_id, new): the event is recorded wholly when this returns; `new` is False when it was
    before.

    A copy changes nothing, even with other lines in it. Two copies at the same moment meet at the
    primary key: the second waits there for the first one's commit, and is refused. ValidationError
    when the contract is broken.
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
            raise  # refused for another reason
        return event["event_id"], False
    return event["event_id"], True
