"""BACKGROUND TASKS: Celery workers do long work. They scale separately and block no request.

With TASKS=queued, a request writes a row for the job and is answered 202 immediately. The relay
publishes the row. A worker that receives the message claims the job and runs it. A message may
arrive twice, late or never, and a worker may die or freeze at any line. The row decides which
worker runs the job. So each job takes effect once, and each ends as done or failed.
See it: docs/5-tasks.md uploads 30,000 products, kills the only worker meanwhile, and starts it
again. Then the job has two `attempts`.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from celery import current_app, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone

from core_api.jobs import csv_import, report, services
from core_api.jobs.models import Job

WORK = {Job.Kind.REPORT: report.write, Job.Kind.IMPORT: csv_import.apply}

logger = logging.getLogger(__name__)


def run_inline_if_configured(job: Job) -> None:
    """With TASKS=inline, run the job here after the commit. Otherwise the relay publishes it."""
    if settings.TASKS == "inline":
        transaction.on_commit(lambda: run_inline(job.pk))


def run_inline(job_id: UUID) -> None:
    """Run the job and repeat it after an unexpected error, as the relay and the workers would."""
    for _ in range(settings.JOB_ATTEMPTS):
        run_job(str(job_id))


@shared_task(name="core.run_job", ignore_result=True)
def run_job(job_id: str) -> None:
    """Claim the job and run it. Do nothing if it has ended or another worker has claimed it."""
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
            services.fail(job, f"It took longer than {current_app.conf.task_soft_time_limit} s.")
        except Exception:
            logger.exception("%s: attempt %d failed", job, job.attempts)
            drop_connection()
            reason = "an unexpected error (see the worker's log)"
            services.try_again(job, reason, published_at=timezone.now())


@contextmanager
def heartbeat(job: Job) -> Iterator[None]:
    """Renew the job's heartbeat from a thread. It stops when the process dies or freezes."""
    done = threading.Event()
    thread = threading.Thread(target=renew_heartbeat, args=(job, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)


def renew_heartbeat(job: Job, done: threading.Event) -> None:
    """Renew every JOB_HEARTBEAT_SECONDS until `done` is set or the claim is lost.

    The thread has its own database connection.
    """
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


def drop_connection() -> None:
    """Close the connection, which may be in a query. The next query opens a new one."""
    if not connection.in_atomic_block:
        connection.close()
