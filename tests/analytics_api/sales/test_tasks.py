import pytest
from celery import signals
from django.db import OperationalError, connection

from analytics_api.celery import app
from analytics_api.sales.models import RecordedEvent
from analytics_api.sales.tasks import record_order_placed

pytestmark = pytest.mark.django_db(transaction=True)  # a task begins with a look at its connection


def test_the_task_goes_by_the_name_and_the_queue_that_the_shop_sends_to():
    assert record_order_placed.name == "analytics.record_order_placed"
    assert app.tasks["analytics.record_order_placed"].acks_late
    assert app.amqp.router.route({}, "analytics.record_order_placed")["queue"].name == "analytics"
    assert app.amqp.router.route({}, "core.event_recorded")["queue"].name == "relay"


def test_a_recorded_event_is_answered_with_its_id(contract, answers):
    assert record_order_placed(contract) == "recorded"

    assert answers() == [("core.event_recorded", [contract["event_id"]])]


def test_a_copy_is_answered_too_since_the_first_answer_may_be_lost(contract, answers):
    record_order_placed(contract)
    answers()

    assert record_order_placed(contract) == "already recorded"

    assert answers() == [("core.event_recorded", [contract["event_id"]])]


def test_the_answer_is_sent_after_the_commit(contract, answers):
    seen = []

    def look(**details):
        seen.append((connection.in_atomic_block, RecordedEvent.objects.exists()))

    signals.before_task_publish.connect(look, weak=False)
    try:
        record_order_placed(contract)
    finally:
        signals.before_task_publish.disconnect(look)

    assert seen == [(False, True)]


def test_an_event_that_could_not_be_recorded_is_not_answered(contract, answers):
    def fail(execute, sql, *arguments):
        raise OperationalError("the database went away")

    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        record_order_placed(contract)

    assert answers() == []


@pytest.mark.parametrize(
    "payload", [None, [], {}, {"event_id": "x" * 5000}, {"event_id": {"a": "\x00"}}]
)
def test_a_message_that_breaks_the_contract_is_named_in_the_log_and_dropped(
    payload, answers, caplog
):
    assert record_order_placed(payload) == "dropped"

    assert answers() == []
    line = caplog.records[-1].getMessage()
    assert line.startswith("Dropped a message that breaks the contract")
    assert len(line) < 1000


def test_a_connection_that_died_with_the_database_fails_no_event(event, answers):
    record_order_placed(event())
    connection.connection.close()

    assert record_order_placed(event()) == "recorded"
