"""OUTBOX: deliver committed events and jobs, even if the broker, a relay or the receiver dies.

The database row is authoritative; a message may be lost. An event is sent again until
analytics_api acknowledges it, and a job until a worker claims it. So nothing is lost when the
broker loses all its messages. The receiver counts an event once, because the event's id is unique
there. Requests never use the broker.
See it: ./escala kill broker; place orders; ./escala start broker; ./escala audit
"""

import logging
import uuid
from contextlib import suppress

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from core_api.celery import app
from core_api.jobs import services as jobs
from core_api.jobs.models import Job
from core_api.orders.models import OutboxEvent

POLL_SECONDS = 0.25  # seconds between two queries of the tables while no acknowledgement arrives
MAX_QUEUED = 500  # messages for the receiver, so that a slow one gets few duplicates
PAUSE = 1  # seconds before the next attempt after the broker or the database failed

logger = logging.getLogger(__name__)


def run(stopping):
    """Deliver until the event `stopping` is set. Retry for ever if the broker or database fails.

    A broker that refuses (READONLY, MISCONF when its disk is full) fails like one that is gone.
    """
    broker = app.connection()
    failures = (DatabaseError, BrokerError, *broker.recoverable_connection_errors)
    while not stopping.is_set():
        try:
            with app.connection_for_write() as connection:
                deliver(connection, stopping)
        except failures as error:
            logger.warning("delivery stopped, again in %s s: %s", PAUSE, error)
            stopping.wait(PAUSE)


def deliver(connection, stopping):
    """Send what is due and receive acknowledgements, over one broker connection."""
    producer = app.amqp.Producer(connection)
    receiver = app.amqp.queues["analytics"](connection.default_channel)
    acknowledged = []

    def send(name, args):
        # The message has the id of its event or job, so the receiver's log lines name that.
        task_id = args[0].get("event_id") if isinstance(args[0], dict) else args[0]
        sent = app.send_task(name, args=args, task_id=task_id, producer=producer, retry=False)
        logger.info("sent %s %s", name, sent.id)

    def receive(body, message):
        # A task `core.event_recorded`, which no worker runs: its only argument is the event's id.
        acknowledged.extend(body[0][:1])

    # no_ack: an acknowledgement that is lost here only causes its event to be sent once more.
    options = {"callbacks": [receive], "accept": ["json"], "no_ack": True}
    with connection.Consumer([app.amqp.queues["relay"]], **options):
        while not stopping.is_set():
            close_old_connections()
            due = is_anything_due()
            if due and settings.ANALYTICS == "events":
                publish_events(send, limit=MAX_QUEUED - receiver.queue_declare().message_count)
            if due and settings.TASKS == "queued":
                jobs.requeue_stalled()
                jobs.publish_due(send)
            wait_for_acknowledgements(connection, acknowledged)
            mark_acknowledged(acknowledged)
            acknowledged.clear()


def is_anything_due():
    """Ask for events and jobs in one statement: cheap, because mostly there are none."""
    again = settings.RESEND_SECONDS
    due = Job.objects.due(again), OutboxEvent.objects.due(again)
    return Job.objects.stalled(settings.JOB_SILENT_SECONDS).union(*due, all=True).exists()


def wait_for_acknowledgements(connection, acknowledged):
    """Wait up to POLL_SECONDS for the first acknowledgement, then receive all that have arrived."""
    wait = POLL_SECONDS
    try:
        while len(acknowledged) < MAX_QUEUED:
            connection.drain_events(timeout=wait)
            wait = 0.01
    except TimeoutError:
        pass


def publish_events(send, *, limit):
    """Send at most `limit` events that are due, new ones first, and return how many were sent.

    They are marked as sent before they are sent, so that two relays share the work. If the relay
    dies in between, the event is due again after RESEND_SECONDS.
    """
    with transaction.atomic():
        due = OutboxEvent.objects.due(settings.RESEND_SECONDS).select_for_update(skip_locked=True)
        events = list(due[: max(limit, 0)])
        sent = OutboxEvent.objects.filter(pk__in=[event.pk for event in events])
        sent.update(sent=timezone.now())
    for event in events:
        send("analytics.record_order_placed", args=[event.payload])
    return len(events)


def mark_acknowledged(event_ids):
    """Mark these events as acknowledged. Invalid ids are ignored."""
    valid = []
    for event_id in event_ids:
        with suppress(ValueError):
            valid.append(uuid.UUID(str(event_id)))
    if valid:
        OutboxEvent.objects.waiting().filter(pk__in=valid).update(acknowledged=timezone.now())
