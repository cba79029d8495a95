"""Long tasks as rows: the request, the worker, the progress, and the bytes of upload and result."""

import math
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from chassis.clock import due


class JobQuerySet(models.QuerySet):
    def due(self, resend_after):
        """Queued jobs that were never published, or `resend_after` seconds ago and not started."""
        late = due("published_at", timedelta(seconds=resend_after))
        queued = self.filter(late | Q(published_at__isnull=True), state=Job.State.QUEUED)
        return queued.order_by(F("published_at").asc(nulls_first=True), "created_at")

    def stalled(self, seconds):
        """Running jobs whose heartbeat is older than `seconds`."""
        late = due("heartbeat", timedelta(seconds=seconds))
        return self.filter(late, state=Job.State.RUNNING)

    def claimed_as(self, job):
        """This job while its claim `job.worker` is valid; empty after it ended or was requeued."""
        return self.filter(pk=job.pk, state=Job.State.RUNNING, worker=job.worker)


class Job(models.Model):
    """A long task. `worker` is the claim of one attempt; no other attempt may write."""

    class Kind(models.TextChoices):
        REPORT = "report"
        IMPORT = "import"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(
        max_length=150, blank=True, help_text="The claim of the latest attempt."
    )
    heartbeat = models.DateTimeField(
        null=True, blank=True, help_text="When its worker was last heard of."
    )
    parameters = models.JSONField(default=dict)
    checkpoint = models.JSONField(
        default=dict, blank=True, help_text="How far its effect is committed."
    )
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="jobs"
    )
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()
    deadline = math.inf  # seconds of time.monotonic(), set by claim(); not a column

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["kind", "-created_at", "id"], name="jobs_of_a_kind"),
            models.Index(fields=["published_at"], condition=Q(state="queued"), name="jobs_queued"),
            models.Index(fields=["heartbeat"], condition=Q(state="running"), name="jobs_running"),
        ]

    def __str__(self):
        return f"{self.kind} {self.id}"


class JobChunk(models.Model):
    """A piece of an upload or result. It is a row so that every instance and worker can read it."""

    SIZE = 64 * 1024  # bytes

    class Stream(models.TextChoices):
        UPLOAD = "upload"
        RESULT = "result"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks")
    stream = models.CharField(max_length=10, choices=Stream)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["job", "stream", "number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "stream", "number"], name="one_chunk_per_number")
        ]

    def __str__(self):
        return f"{self.stream} {self.number}"
