import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core_api.celery import app
from core_api.jobs.models import Job
from core_api.operations import relay
from core_api.orders.models import OutboxEvent
from core_api.orders.services import place_order

pytestmark = pytest.mark.django_db


class Sent(list):
    """A broker that only remembers."""

    def __call__(self, name, args):
        self.append((name, args))


@pytest.fixture
def event(customer, make_product):
    make_product("TEA-1")
    order, _ = place_order(user_id=customer.id, key="k", lines=[{"sku": "TEA-1", "quantity": 1}])
    return OutboxEvent.objects.get(pk=order.event_id)


def test_an_event_is_sent_once_while_its_acknowledgement_may_be_on_its_way(event):
    sent = Sent()

    relay.publish_events(sent, limit=9)
    relay.publish_events(sent, limit=9)

    assert sent == [("analytics.record_order_placed", [event.payload])]


def test_an_event_not_acknowledged_in_time_is_sent_again(event, settings):
    sent = Sent()
    relay.publish_events(sent, limit=9)
    OutboxEvent.objects.update(sent=timezone.now() - timedelta(seconds=settings.RESEND_SECONDS + 1))

    relay.publish_events(sent, limit=9)

    assert len(sent) == 2


def test_an_acknowledged_event_is_never_sent_again(event, settings):
    relay.mark_acknowledged([str(event.id)])
    OutboxEvent.objects.update(sent=timezone.now() - timedelta(seconds=settings.RESEND_SECONDS + 1))

    assert relay.publish_events(Sent(), limit=9) == 0


def test_no_more_events_are_sent_than_the_limit_and_new_ones_come_first(event):
    OutboxEvent.objects.update(sent=timezone.now() - timedelta(days=1))
    OutboxEvent.objects.bulk_create(
        OutboxEvent(kind="order_placed", payload={"new": n}) for n in range(3)
    )
    sent = Sent()

    assert relay.publish_events(sent, limit=0) == relay.publish_events(sent, limit=-1) == 0
    assert relay.publish_events(sent, limit=2) == 2
    assert relay.publish_events(sent, limit=9) == 2
    assert [arguments[0] == event.payload for _, arguments in sent] == [False, False, False, True]


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_takes_nothing_is_not_sent_more_than_its_queue_may_hold(
    settings, monkeypatch
):
    settings.ANALYTICS, settings.RESEND_SECONDS = "events", 0
    monkeypatch.setattr(relay, "MAX_QUEUED", 3)
    OutboxEvent.objects.bulk_create(OutboxEvent(kind="order_placed", payload={}) for _ in range(5))
    with app.connection_for_write() as connection:
        queue = app.amqp.queues["analytics"](connection.default_channel)
        queue.declare()
        queue.purge()
        turns = iter(range(6))
        relay.run(
            SimpleNamespace(is_set=lambda: next(turns, None) is None, wait=lambda seconds: None)
        )

        assert queue.queue_declare().message_count == 3
        queue.purge()


@pytest.mark.parametrize("nonsense", ["", "x", None, 7, ["a"], {"a": 1}])
def test_an_acknowledgement_of_nonsense_closes_nothing(event, nonsense):
    relay.mark_acknowledged([nonsense])

    assert OutboxEvent.objects.waiting().count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_the_receiver_answers_over_the_broker_closes_the_event(event, settings):
    settings.ANALYTICS = "events"
    stopping = threading.Event()
    app.send_task("core.event_recorded", args=[str(event.id)])
    turns = iter(range(40))

    class Closed:
        """Stops the relay once the event is closed, or after 40 pulses (10 s)."""

        def is_set(self):
            return OutboxEvent.objects.waiting().count() == 0 or next(turns, None) is None

        wait = stopping.wait

    relay.run(Closed())

    assert OutboxEvent.objects.get().acknowledged


LONG, SHORT = timedelta(hours=1), timedelta(seconds=1)
RUNNING, QUEUED = {"state": Job.State.RUNNING}, {"state": Job.State.QUEUED}


@pytest.mark.parametrize(
    ("model", "columns", "ago", "due"),
    [
        (OutboxEvent, {}, {}, True),
        (OutboxEvent, {}, {"sent": LONG}, True),
        (OutboxEvent, {}, {"sent": -LONG}, True),  # the clock was set back since
        (OutboxEvent, {}, {"sent": SHORT}, False),
        (OutboxEvent, {}, {"sent": LONG, "acknowledged": SHORT}, False),
        (Job, QUEUED, {}, True),
        (Job, QUEUED, {"published_at": LONG}, True),
        (Job, QUEUED, {"published_at": SHORT}, False),
        (Job, RUNNING, {"published_at": LONG, "heartbeat": LONG}, True),
        (Job, RUNNING, {"published_at": LONG, "heartbeat": SHORT}, False),
        (Job, {"state": Job.State.DONE}, {"published_at": LONG, "heartbeat": LONG}, False),
    ],
)
def test_one_statement_tells_whether_anything_is_due(
    model, columns, ago, due, django_assert_num_queries
):
    stamps = {name: timezone.now() - age for name, age in ago.items()}
    more = {"kind": "order_placed", "payload": {}} if model is OutboxEvent else {"kind": "report"}
    model.objects.create(**columns, **stamps, **more)

    with django_assert_num_queries(1):
        assert relay.is_anything_due() is due


@pytest.mark.django_db(transaction=True)
def test_a_relay_with_nothing_to_do_asks_once_in_each_turn(settings):
    settings.ANALYTICS, settings.TASKS = "events", "queued"
    turns = iter(range(6))  # one of them is asked before the connection to the broker

    with CaptureQueriesContext(connection) as statements:
        relay.run(SimpleNamespace(is_set=lambda: next(turns, None) is None, wait=lambda _: None))

    assert len(statements) == 5
