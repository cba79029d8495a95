"""The broker and the relay, while a job's worker works and after it has stopped."""

import threading
from types import SimpleNamespace

import pytest
from celery.contrib.testing.worker import start_worker

from core_api.celery import app
from core_api.jobs.models import Job
from core_api.operations import relay
from lab.polling import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker():
    """A channel of the broker, whose queue of long tasks is empty before and after."""
    with app.connection_for_write() as connection:
        queue = app.amqp.queues["long"](connection.default_channel)
        queue.declare()
        queue.purge()
        yield connection.default_channel
        queue.purge()


def unacknowledged(broker):
    """The number of messages that were delivered and not acknowledged."""
    return broker.client.hlen("unacked")


def has_turned(worker):
    """Returns when the worker's loop has done what was pending, such as an acknowledgement."""
    for _ in range(2):  # the pending work of one turn has no fixed order
        turned = threading.Event()
        worker.consumer.call_soon(turned.set)
        assert turned.wait(timeout=10)


@pytest.mark.skipif(app.conf.broker_url == "memory://", reason="needs a broker: run ./escala test")
def test_a_message_is_the_brokers_until_its_task_is_done(job, work, broker):
    seen = []

    def look(job):
        has_turned(worker)
        seen.append(unacknowledged(broker))
        return {}

    work(look)
    with start_worker(app, pool="threads", perform_ping_check=False, queues=["long"]) as worker:
        app.send_task("core.run_job", args=[str(job.pk)])
        assert wait_until(lambda: Job.objects.get().state == Job.State.DONE, seconds=20)
        has_turned(worker)
        seen.append(unacknowledged(broker))

    assert seen == [1, 0]


def test_the_relay_takes_a_job_from_a_stalled_worker_and_sends_it_again(
    job, broker, settings, stall
):
    settings.TASKS, settings.ANALYTICS = "queued", "off"
    Job.objects.update(state=Job.State.RUNNING, worker="worker-1", attempts=1)
    stall(job, settings.JOB_SILENT_SECONDS + 1)
    turns = iter(range(2))

    relay.run(SimpleNamespace(is_set=lambda: next(turns, None) is None, wait=lambda seconds: None))

    assert Job.objects.get().state == Job.State.QUEUED
    assert app.amqp.queues["long"](broker).queue_declare().message_count == 1
