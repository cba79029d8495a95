"""The task of the recorder: record an event, then acknowledge it to core_api.

It does not retry. When the database or the broker fails, the task fails too. The event is a row in
the outbox of the shop, and the relay sends it again after
RESEND_SECONDS without an acknowledgement.
"""

import logging
from typing import Any

from celery import current_app, shared_task
from django.db import DatabaseError, close_old_connections
from kombu.exceptions import OperationalError
from rest_framework.exceptions import ValidationError

from analytics_api.sales import services

logger = logging.getLogger(__name__)


@shared_task(
    name="analytics.record_order_placed", acks_late=True, throws=(DatabaseError, OperationalError)
)
def record_order_placed(payload: dict[str, Any]) -> str:
    """Record the event and acknowledge it, also a copy: the first acknowledgement may be lost.

    A message that breaks the contract is logged and dropped without an acknowledgement. In the shop
    its event stays unacknowledged: it is sent again each time, and the audit reports it.
    """
    close_old_connections()  # a connection that died with Postgres must fail only one task
    try:
        event_id, new = services.record_order_placed(payload)
    except ValidationError as error:
        event = payload.get("event_id") if isinstance(payload, dict) else None
        text = "Dropped a message that breaks the contract, event %.40r: %s"
        logger.error(text, event, error.detail)
        return "dropped"
    current_app.send_task("core.event_recorded", args=[str(event_id)])
    return "recorded" if new else "already recorded"
