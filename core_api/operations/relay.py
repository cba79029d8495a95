"""OUTBOX: what a transaction wrote down is delivered, however often the broker, the relay or the
receiver dies.

The row is the truth and the message only a reminder of it: an event is sent again until
analytics_api acknowledged it, a job until a worker took it. So nothing is lost when the broker
loses everything, and each receiver counts an event once because its id is unique there. The request
path never talks to the broker; this process does.
See it: ./escala kill broker; place orders; ./escala start broker; ./escala audit
"""

import logging
import uuid

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, transaction
from django.utils import timezone

from core_api.celery import app
from core_api.jobs import services as jobs
from core_api.orders.models import OutboxEvent

PULSE = 0.25  # seconds between two looks at the tables, when no acknowledgement comes in between
QUEUED = (
    500  # messages that wait for the receiver, at most: a slow one is not sent everything twice
)
PAUSE = 1  # seconds before the next try after the broker or the database failed

logger = logging.getLogger(__name__)


def run(stopping):
    """Deliver until the event `stopping` is set; a failing broker or database is waited for, never
    given up."""
    while not stopping.is_set():
        try:
            with app.connection_for_write() as connection:
                deliver(connection, stopping)
        except (DatabaseError, *app.connection().recoverable_connection_errors) as error:
            logger.warning("delivery stopped, again in %s s: %s", PAUSE, error)
            stopping.wait(PAUSE)


def deliver(connection, stopping):
    """Over one broker connection: send what is due, take in acknowledgements, over and over."""
    producer = app.amqp.Producer(connection)
    receiver = app.amqp.queues["analytics"](connection.default_channel)
    acknowledged = []

    def send(name, args):
        app.send_task(name, args=args, producer=producer, retry=False)

    def take(body, message):
        acknowledged.extend(body[0][:1])

    # Without acknowledging acknowledgements: one that is lost here makes its event come once more,
    # and that is all.
    with connection.Consumer(
        [app.amqp.queues["relay"]], callbacks=[take], accept=["json"], no_ack=True
    ):
        while not stopping.is_set():
            close_old_connections()
            if settings.ANALYTICS == "events":
                publish_events(send, room=QUEUED - receiver.queue_declare().message_count)
            if settings.TASKS == "queued":
                jobs.requeue_stalled()
                jobs.publish_due(send)
            drain(connection, acknowledged)
            close_events(acknowledged)
            acknowledged.clear()


def drain(connection, acknowledged):
    """Wait a pulse for the first acknowledgement, then take along all that are there already."""
    wait = PULSE
    try:
        while len(acknowledged) < QUEUED:
            connection.drain_events(timeout=wait)
            wait = 0.01
    except TimeoutError:
        pass


def publish_events(send, *, room):
    """Send at most `room` events that are due, new ones first; how many were sent.

    They are marked as sent before, so that two relays share the work. Should the relay die between
    marking and sending, the event is due again after RESEND_SECONDS.
    """
    with transaction.atomic():
        due = OutboxEvent.objects.due(settings.RESEND_SECONDS).select_for_update(skip_locked=True)
        events = list(due[: max(room, 0)])
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(
            sent=timezone.now()
        )
    for event in events:
        send("analytics.record_order_placed", args=[event.payload])
    return len(events)


def close_events(event_ids):
    """Mark these events as recorded by the receiver; ids that are none are ignored."""
    known = [event_id for event_id in event_ids if is_uuid(event_id)]
    if known:
        OutboxEvent.objects.waiting().filter(pk__in=known).update(acknowledged=timezone.now())


def is_uuid(text):
    try:
        return bool(uuid.UUID(str(text)))
    except ValueError:
        return False
