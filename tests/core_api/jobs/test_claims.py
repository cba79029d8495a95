"""One worker at a time has a job, also when messages repeat or workers die or freeze."""

from datetime import timedelta

import pytest
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from core_api.catalog.models import Product
from core_api.jobs import services, tasks
from core_api.jobs.models import Job

pytestmark = pytest.mark.django_db


def test_a_job_is_claimed_once(job):
    mine = services.claim(job.pk)

    assert (mine.state, mine.attempts) == (Job.State.RUNNING, 1)
    assert services.claim(job.pk) is None


def test_a_message_for_a_job_that_is_done_does_nothing(job, run, work):
    done = run(job)
    work(lambda job: pytest.fail("worked twice"))

    again = run(job)

    assert (again.state, again.attempts, again.finished_at) == (Job.State.DONE, 1, done.finished_at)


def test_a_message_for_a_job_that_was_pruned_does_nothing(job):
    Job.objects.all().delete()

    tasks.run_job(str(job.pk))

    assert not Job.objects.exists()


def test_a_worker_that_was_declared_dead_can_write_nothing(job, stall):
    frozen = services.claim(job.pk)
    stall(job, 16)
    services.requeue_stalled()
    services.claim(job.pk)

    assert services.renew(frozen) is False
    for write in (
        lambda: services.finish(frozen, {}),
        lambda: services.fail(frozen, "why"),
        lambda: services.try_again(frozen, "why", published_at=timezone.now()),
        lambda: services.while_claimed(frozen, progress=99).__enter__(),
    ):
        with pytest.raises(services.ClaimLost):
            write()
    job.refresh_from_db()
    assert (job.state, job.progress, job.error, job.attempts) == (Job.State.RUNNING, 0, "", 2)


def test_what_is_done_stays_done_even_for_its_own_worker(job):
    mine = services.claim(job.pk)
    services.finish(mine, {"rows": 1})

    with pytest.raises(services.ClaimLost):
        services.fail(mine, "the time limit was reached a moment too late")

    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, "")


def test_a_stalled_job_is_queued_again_and_published_at_once(job, stall):
    services.claim(job.pk)
    stall(job, 16)
    sent = []

    assert services.requeue_stalled() == 1
    services.publish_due(lambda name, args: sent.append(args))

    job.refresh_from_db()
    assert (job.state, job.attempts, job.worker) == (Job.State.QUEUED, 1, "")
    assert sent == [[str(job.pk)]]


def test_a_job_heard_of_lately_is_left_alone(job, stall):
    services.claim(job.pk)
    stall(job, 14)

    assert services.requeue_stalled() == 0


def test_a_job_whose_worker_dies_every_time_is_failed_after_three_attempts(job, stall):
    for _ in range(3):
        services.claim(job.pk)
        stall(job, 16)
        services.requeue_stalled()

    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.FAILED, 3)
    assert job.error.startswith("Given up after 3 attempts: its worker died or was stopped.")
    assert job.finished_at
    assert services.claim(job.pk) is None


def test_an_unexpected_error_is_retried_later_and_then_reported_without_details(job, run, work):
    work(lambda job: 1 / 0)

    first = run(job)
    due = [list(Job.objects.due(resend_after)) for resend_after in (10, 0)]
    run(job)
    last = run(job)

    assert (first.state, first.error) == (Job.State.QUEUED, "")
    assert due == [[], [job]]
    assert (last.state, last.attempts) == (Job.State.FAILED, 3)
    assert "division" not in last.error
    assert "worker's log" in last.error


def test_a_job_that_takes_too_long_is_failed(job, run, work):
    def take_forever(job):
        raise SoftTimeLimitExceeded()

    work(take_forever)

    assert (run(job).state, run(job).error) == (Job.State.FAILED, "It took longer than 240 s.")


def test_a_job_fails_at_its_next_write_if_the_interrupt_was_swallowed(upload, run, monkeypatch):
    """A callback after a commit swallows it: Django logs what it raises and goes on."""
    monkeypatch.setitem(current_app.conf, "task_soft_time_limit", 0)

    ended = run(upload("A-1,Tea,Drinks,1.00,1,\n"))

    assert (ended.state, ended.attempts) == (Job.State.FAILED, 1)
    assert ended.error == "It took longer than 0 s."
    assert not Product.objects.exists()


def test_a_queued_job_is_published_once_and_again_when_no_worker_starts_it(job):
    sent = []

    def send(name, args):
        sent.append((name, args))

    counts = [services.publish_due(send), services.publish_due(send)]
    Job.objects.update(published_at=timezone.now() - timedelta(seconds=11))
    counts.append(services.publish_due(send))
    services.claim(job.pk)
    Job.objects.update(published_at=None)
    counts.append(services.publish_due(send))

    assert counts == [1, 0, 1, 0]
    assert sent == [("core.run_job", [str(job.pk)])] * 2


def test_what_the_broker_refused_is_due_again_at_once(job):
    other = Job.objects.create(kind=Job.Kind.REPORT)
    sent = []

    def send_one(name, args):
        if sent:
            raise ConnectionError("broker gone")
        sent.append(args)

    with pytest.raises(ConnectionError):
        services.publish_due(send_one)
    services.publish_due(lambda name, args: sent.append(args))

    assert sorted(sent) == sorted([[str(job.pk)], [str(other.pk)]])
