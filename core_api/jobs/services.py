"""Every state change of a job is one conditional UPDATE, so only one of several processes succeeds.

The worker that changes `queued` to `running` owns the job. It writes a random claim into the column
`worker` and may write for this job only while that claim is there.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core_api.jobs.models import Job, JobChunk


class JobRefused(Exception):
    """The job can never succeed. The text explains why to the user who requested it."""


class ClaimLost(Exception):
    """The job was requeued or has ended. Its former owner must not write anything for it."""


def create_report(*, user_id: int, first: date, last: date) -> Job:
    """Queue a report of the days `first` to `last`, both included."""
    parameters = {"from": first.isoformat(), "to": last.isoformat()}
    return Job.objects.create(kind=Job.Kind.REPORT, requested_by_id=user_id, parameters=parameters)


@transaction.atomic
def create_import(*, user_id: int, file: File) -> Job:
    """Queue an import. The job and the uploaded bytes are stored in one transaction."""
    parameters = {"file": file.name}
    job = Job.objects.create(kind=Job.Kind.IMPORT, requested_by_id=user_id, parameters=parameters)
    # Not file.chunks(): it returns a small file in one piece, whatever size is requested.
    for number, data in enumerate(iter(lambda: file.read(JobChunk.SIZE), b"")):
        job.chunks.create(stream=JobChunk.Stream.UPLOAD, number=number, data=data)
    return job


def publish_due(send: Callable, *, limit: int = 100) -> int:
    """Send a message for each queued job that is due and return how many were sent.

    The rows are marked as published before sending, because a broker that hangs must not keep a
    transaction open. A message that could not be sent is due again immediately. A job that was sent
    and not started is due again after RESEND_SECONDS.
    """
    with transaction.atomic():
        due = Job.objects.due(settings.RESEND_SECONDS).select_for_update(skip_locked=True)
        unsent = list(due.values_list("pk", flat=True)[:limit])
        Job.objects.filter(pk__in=unsent).update(published_at=timezone.now())
    count = len(unsent)
    try:
        while unsent:
            send("core.run_job", args=[str(unsent[0])])
            unsent.pop(0)
    finally:
        if unsent:
            Job.objects.filter(pk__in=unsent, state=Job.State.QUEUED).update(published_at=None)
    return count


def requeue_stalled() -> int:
    """Take jobs away from workers without a heartbeat and return how many there were.

    Each is queued again, or failed after JOB_ATTEMPTS attempts.
    """
    with transaction.atomic():
        stalled = Job.objects.stalled(settings.JOB_SILENT_SECONDS)
        stalled = stalled.select_for_update(skip_locked=True)
        jobs = list(stalled.only("pk", "attempts", "worker", "state"))
        for job in jobs:
            try_again(job, "its worker died or was stopped", published_at=None)
    return len(jobs)


def claim(job_id: str) -> Job | None:
    """Return the job, now running and owned by the caller; None if it was not queued any more."""
    worker = f"{settings.INSTANCE}:{secrets.token_hex(6)}"
    changes = {"state": Job.State.RUNNING, "worker": worker, "heartbeat": timezone.now()}
    queued = Job.objects.filter(pk=job_id, state=Job.State.QUEUED)
    if not queued.update(attempts=F("attempts") + 1, **changes):
        return None
    job = Job.objects.filter(pk=job_id, worker=worker).first()
    limit = current_app.conf.task_soft_time_limit
    if job is not None and limit is not None:
        job.deadline = time.monotonic() + limit
    return job


@contextmanager
def while_claimed(job: Job, **changes: Any) -> Iterator[None]:
    """A transaction that commits only while the caller owns the job; otherwise ClaimLost.

    It applies `changes` to the job first. That UPDATE locks the row until the commit. Raises
    SoftTimeLimitExceeded after the deadline: Celery does it once, where a library may swallow it.
    """
    if time.monotonic() > job.deadline:
        raise SoftTimeLimitExceeded()
    with transaction.atomic():
        _write(job, heartbeat=timezone.now(), **changes)
        yield


def renew(job: Job) -> bool:
    """Renew the heartbeat. False if the caller no longer owns the job."""
    return bool(Job.objects.claimed_as(job).update(heartbeat=timezone.now()))


def finish(job: Job, result: dict) -> None:
    """Mark the job as done. Raises ClaimLost if the caller no longer owns it."""
    changes = {"progress": 100, "result": result, "error": "", "finished_at": timezone.now()}
    _write(job, state=Job.State.DONE, **changes)


def fail(job: Job, error: str) -> None:
    """Mark the job as failed for good, with a reason that people can read. May raise ClaimLost."""
    readable = error.replace("\0", " ")[:1000]
    _write(job, state=Job.State.FAILED, error=readable, finished_at=timezone.now())


def try_again(job: Job, reason: str, *, published_at: datetime | None) -> None:
    """Queue the job again, or fail it after the last attempt. Raises ClaimLost like finish().

    It is published again RESEND_SECONDS after `published_at`; None means immediately.
    """
    if job.attempts >= settings.JOB_ATTEMPTS:
        given_up = f"Given up after {job.attempts} attempts: {reason}."
        fail(job, f"{given_up} Request it again. Imported rows remain.")
    else:
        _write(job, state=Job.State.QUEUED, worker="", published_at=published_at)


def _write(job: Job, **changes: Any) -> None:
    if not Job.objects.claimed_as(job).update(**changes):
        raise ClaimLost()
