"""What happens to a job, from the request that asks for it to the end; each write is one
conditional UPDATE.

No process knows what another one does: the row decides. Who changes `queued` to `running` has the
job, and holds it for as long as `worker` is the word it wrote there.
"""

import secrets
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core_api.jobs import chunks
from core_api.jobs.models import Job


class JobRefused(Exception):
    """The job can't be done, however often it is tried; the text tells whoever asked for it why."""


class ClaimLost(Exception):
    """This worker was silent for too long: the job is another's now, and nothing more may be
    written for it."""


def create_report(*, user_id, first, last):
    """A queued report of the days `first` to `last`, both included."""
    parameters = {"from": first.isoformat(), "to": last.isoformat()}
    return Job.objects.create(kind=Job.Kind.REPORT, requested_by_id=user_id, parameters=parameters)


@transaction.atomic
def create_import(*, user_id, file):
    """A queued import of an uploaded file, together with its bytes: either both are there or
    nothing."""
    job = Job.objects.create(
        kind=Job.Kind.IMPORT, requested_by_id=user_id, parameters={"file": file.name}
    )
    chunks.save_upload(job, file)
    return job


def publish_due(send, *, limit=100):
    """Send a message for each queued job that has none under way; how many. `send(name,
    args=[...])` is the broker's.

    The rows are marked before and not while sending: a hung broker must not keep a transaction
    open. What could not be sent is due again at once; what was sent and never started, after
    RESEND_SECONDS.
    """
    with transaction.atomic():
        due = Job.objects.due(settings.RESEND_SECONDS).select_for_update(skip_locked=True)
        waiting = list(due.values_list("pk", flat=True)[:limit])
        Job.objects.filter(pk__in=waiting).update(published_at=timezone.now())
    count = len(waiting)
    try:
        while waiting:
            send("core.run_job", args=[str(waiting[0])])
            waiting.pop(0)
    finally:
        if waiting:
            Job.objects.filter(pk__in=waiting, state=Job.State.QUEUED).update(published_at=None)
    return count


def requeue_silent():
    """Take the jobs of silent workers away from them: queued again, or failed after JOB_ATTEMPTS;
    how many."""
    with transaction.atomic():
        silent = Job.objects.silent(settings.JOB_SILENT_SECONDS).select_for_update(skip_locked=True)
        jobs = list(silent.only("pk", "attempts", "worker", "state"))
        for job in jobs:
            _try_again(job, "its worker died or was stopped", published_at=None)
    return len(jobs)


def claim(job_id):
    """The job, now running and held by the caller; None when it is finished or another's."""
    worker = f"{settings.INSTANCE}:{secrets.token_hex(6)}"
    changes = {"state": Job.State.RUNNING, "worker": worker, "heartbeat": timezone.now()}
    queued = Job.objects.filter(pk=job_id, state=Job.State.QUEUED)
    if not queued.update(attempts=F("attempts") + 1, **changes):
        return None
    return Job.objects.filter(pk=job_id, worker=worker).first()


@contextmanager
def holding(job, **changes):
    """A transaction that commits `changes` and whatever is written inside it, while the job is
    held; else ClaimLost."""
    with transaction.atomic():
        _write(job, heartbeat=timezone.now(), **changes)
        yield


def renew(job):
    """A sign of life; False when the job is another's."""
    return bool(Job.objects.held_by(job).update(heartbeat=timezone.now()))


def finish(job, result):
    """Done. ClaimLost when the job is another's."""
    _write(
        job, state=Job.State.DONE, progress=100, result=result, error="", finished_at=timezone.now()
    )


def fail(job, error):
    """Failed for good, for a reason that a person can read. ClaimLost when the job is another's."""
    readable = error.replace("\0", " ")[:1000]
    _write(job, state=Job.State.FAILED, error=readable, finished_at=timezone.now())


def try_again(job, reason):
    """Queued again after RESEND_SECONDS, or failed when the attempts are spent. ClaimLost when it
    is another's."""
    _try_again(job, reason, published_at=timezone.now())


def _try_again(job, reason, published_at):
    if job.attempts >= settings.JOB_ATTEMPTS:
        given_up = f"Given up after {job.attempts} attempts: {reason}."
        fail(job, f"{given_up} Ask for it again; what was written until then stays.")
    else:
        _write(job, state=Job.State.QUEUED, worker="", published_at=published_at)


def _write(job, **changes):
    if not Job.objects.held_by(job).update(**changes):
        raise ClaimLost()
