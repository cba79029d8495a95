"""ASYNCHRONOUS TASKS: long work goes to Celery workers, which scale alone and block nobody.

A request writes a job's row and is answered 202 at once; the relay publishes the row; any worker
that gets the message claims the job, and does it. A message may come twice, late or never, and a
worker may die or freeze at any line: the row alone decides who works. So a job's effect happens
once, and every job ends done or failed.
See it: ./escala workers 2, ask for a report at /api/reports/, then ./escala kill worker-1 and look
at its attempts.
"""

import logging
import threading
from contextlib import contextmanager, suppress

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import Error, connection, transaction

from core_api.jobs import csv_import, report, services
from core_api.jobs.models import Job

WORK = {Job.Kind.REPORT: report.write, Job.Kind.IMPORT: csv_import.apply}

logger = logging.getLogger(__name__)


def enqueue(job):
    """See to it that a new job is done: by a worker or, with TASKS=inline, in this request after
    its commit."""
    if settings.TASKS == "inline":
        transaction.on_commit(lambda: run_inline(job.pk))


def run_inline(job_id):
    """What relay and workers do elsewhere: run, and run again what failed by accident."""
    for _ in range(settings.JOB_ATTEMPTS):
        run_job(str(job_id))


@shared_task(name="core.run_job", ignore_result=True)
def run_job(job_id):
    """Claim the job and do it. When it is finished, or held by another worker, do nothing."""
    job = services.claim(job_id)
    if job is None:
        return
    logger.info("%s: attempt %d", job, job.attempts)
    with suppress(services.ClaimLost), heartbeat(job):
        try:
            services.finish(job, WORK[job.kind](job))
        except services.ClaimLost:
            logger.warning("%s: taken over by another worker, stopped here", job)
        except services.JobRefused as error:
            services.fail(job, str(error))
        except SoftTimeLimitExceeded:
            drop_connection()
            services.fail(job, f"It took longer than {settings.CELERY['task_soft_time_limit']} s.")
        except Exception:
            logger.exception("%s: attempt %d failed", job, job.attempts)
            drop_connection()
            services.try_again(job, "an error that the worker's log explains")


@contextmanager
def heartbeat(job):
    """While inside, a thread renews the job's heartbeat: a dead or frozen process falls silent, a
    busy one does not."""
    done = threading.Event()
    thread = threading.Thread(
        target=beat, args=(job, done), name=f"heartbeat of {job}", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)


def beat(job, done):
    """Renew every JOB_HEARTBEAT_SECONDS, on a connection of this thread's own, until `done` or the
    claim is lost."""
    try:
        while not done.wait(settings.JOB_HEARTBEAT_SECONDS):
            try:
                if not services.renew(job):
                    return
            except Error as error:
                logger.warning("%s: no heartbeat: %s", job, error)
                connection.close()
    finally:
        connection.close()


def drop_connection():
    """A connection that was cut off in the middle of a query can't be used again: the next query
    opens a new one."""
    if not connection.in_atomic_block:
        connection.close()
