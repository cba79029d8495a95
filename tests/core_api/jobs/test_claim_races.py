"""Claims where it counts: several connections at the same moment, on real Postgres."""

import pytest
from django.db import connection

from core_api.jobs import services, tasks
from core_api.jobs.models import Job
from tests.support.races import at_once, needs_postgres

pytestmark = [pytest.mark.django_db(transaction=True), needs_postgres]


def test_of_eight_workers_with_the_same_message_one_works(job, work):
    worked = []
    work(lambda job: worked.append(job.worker) or {})

    at_once(8, lambda number: tasks.run_job(str(job.pk)))

    job.refresh_from_db()
    assert worked == [job.worker]
    assert (job.state, job.attempts) == (Job.State.DONE, 1)


def test_a_long_job_is_heard_of_all_the_while(job, work, run, settings):
    settings.JOB_HEARTBEAT_SECONDS, settings.JOB_SILENT_SECONDS = 0.05, 1
    requeued = []

    def take_two_seconds(job):
        for _ in range(20):
            connection.cursor().execute("SELECT pg_sleep(0.1)")
            requeued.append(services.requeue_stalled())
        return {}

    work(take_two_seconds)

    assert run(job).state == Job.State.DONE
    assert sum(requeued) == 0


def test_a_worker_that_wakes_up_after_its_job_was_given_away_stops(job, work, run, settings, stall):
    settings.JOB_HEARTBEAT_SECONDS = 60  # no heartbeat, like a frozen process
    seen = []

    def freeze(job):
        stall(job, 16)
        services.requeue_stalled()
        successor = services.claim(job.pk)
        with services.while_claimed(successor, progress=50):
            pass
        seen.append(successor.worker)
        return {"by": "the frozen one"}

    work(freeze)
    after = run(job)

    assert (after.state, after.result, after.progress) == (Job.State.RUNNING, None, 50)
    assert after.worker == seen[0]


def test_a_connection_that_postgres_closed_costs_an_attempt_and_not_the_job(job, work, run):
    real = tasks.WORK[Job.Kind.REPORT]

    def lose_the_connection(job):
        connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

    work(lose_the_connection)
    first = run(job)
    work(real)

    assert first.state == Job.State.QUEUED
    assert run(job).state == Job.State.DONE


def test_four_relays_publish_each_job_once(job):
    Job.objects.bulk_create(Job(kind=Job.Kind.REPORT) for _ in range(50))
    sent = []

    at_once(4, lambda number: services.publish_due(lambda name, args: sent.append(args[0])))

    assert len(sent) == len(set(sent)) == 51
