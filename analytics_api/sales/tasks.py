"""The recorder's one task: an event comes in, facts are written, and only then the answer goes out.

It never tries again by itself. When the database or the broker fails it fails too, and the event
comes again: the shop's relay publishes every event that was not answered after 10 s, since its row
in the outbox is the truth.
"""

import logging

from celery import current_app, shared_task
from django.db import DatabaseError, close_old_connections
from kombu.exceptions import OperationalError
from rest_framework.exceptions import ValidationError

from analytics_api.sales import services

logger = logging.getLogger(__name__)


@shared_task(
    name="analytics.record_order_placed", acks_late=True, throws=(DatabaseError, OperationalError)
)
def record_order_placed(payload):
    """Record the event and tell core_api so, also when it was here before: the first answer may
    have been lost.

    A message that breaks the contract is logged and dropped without an answer: in the shop it stays
    a waiting event, which the audit names.
    """
    close_old_connections()  # one that died with Postgres must not fail the next events too
    try:
        event_id, new = services.record_order_placed(payload)
    except ValidationError as error:
        named = payload.get("event_id") if isinstance(payload, dict) else None
        logger.error(
            "Dropped a message that breaks the contract, event %.40r: %s", named, error.detail
        )
        return "dropped"
    current_app.send_task("core.event_recorded", args=[str(event_id)])
    return "recorded" if new else "already recorded"
