import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from core_api.celery import app
from core_api.orders import relay
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

    relay.publish_events(sent)
    relay.publish_events(sent)

    assert sent == [("analytics.record_order_placed", [event.payload])]


def test_an_event_not_acknowledged_in_time_is_sent_again(event, settings):
    sent = Sent()
    relay.publish_events(sent)
    OutboxEvent.objects.update(sent=timezone.now() - timedelta(seconds=settings.RESEND_SECONDS + 1))

    relay.publish_events(sent)

    assert len(sent) == 2


def test_an_acknowledged_event_is_never_sent_again(event, settings):
    relay.close_events([str(event.id)])
    OutboxEvent.objects.update(sent=timezone.now() - timedelta(seconds=settings.RESEND_SECONDS + 1))

    assert relay.publish_events(Sent()) == 0


def test_no_more_events_are_on_their_way_than_the_window_holds(monkeypatch, db):
    monkeypatch.setattr(relay, "IN_FLIGHT", 3)
    OutboxEvent.objects.bulk_create(OutboxEvent(kind="order_placed", payload={}) for _ in range(5))

    assert relay.publish_events(Sent()) == 3
    assert relay.publish_events(Sent()) == 0
    relay.close_events([OutboxEvent.objects.filter(sent__isnull=False).first().id])
    assert relay.publish_events(Sent()) == 1


@pytest.mark.parametrize("nonsense", ["", "x", None, 7, ["a"], {"a": 1}])
def test_an_acknowledgement_of_nonsense_closes_nothing(event, nonsense):
    relay.close_events([nonsense])

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
