"""Jobs to look at: how far each is, who works on it, and how long ago that worker was heard of."""

from django.contrib import admin
from django.utils import timezone

from core_api.jobs.models import Job
from core_api.orders.admin import AppendOnlyAdmin, clock


@admin.register(Job)
class JobAdmin(AppendOnlyAdmin):
    """Read-only: a job is changed by its worker and by nobody else."""

    list_display = [
        "short_id",
        "when",
        "kind",
        "asked_by",
        "state",
        "done",
        "tries",
        "held_by",
        "heard_of",
    ]
    sortable_by = ["when"]  # the other columns have no index to sort a long list by
    list_filter = ["state", "kind", "attempts", "created_at"]
    search_fields = ["id", "worker", "error", "requested_by__username"]
    search_help_text = "Part of a job id, of a worker's name, of an error or of a username."
    list_select_related = ["requested_by"]
    date_hierarchy = "created_at"

    @admin.display(description="id")
    def short_id(self, job):
        return f"{str(job.id)[:8]}…"

    @admin.display(description="created", ordering="created_at")
    def when(self, job):
        return clock(job.created_at)

    def asked_by(self, job):
        return job.requested_by

    def done(self, job):
        return f"{job.progress} %"

    def tries(self, job):
        return job.attempts

    @admin.display(description="worker")
    def held_by(self, job):
        """The instance; what follows its colon tells one attempt from another, and is on the job's
        own page."""
        return job.worker.partition(":")[0] or "-"

    @admin.display(description="heartbeat")
    def heard_of(self, job):
        if job.state != Job.State.RUNNING or job.heartbeat is None:
            return "-"
        return f"{(timezone.now() - job.heartbeat).total_seconds():.0f} s ago"

    def get_queryset(self, request):
        jobs = super().get_queryset(request)
        listed = request.resolver_match.url_name == "jobs_job_changelist"
        return jobs.defer("parameters", "checkpoint", "result") if listed else jobs
