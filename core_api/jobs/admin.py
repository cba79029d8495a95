"""Jobs in the admin, read-only: only the worker of a job changes it."""

from django.contrib import admin
from django.utils import timezone

from core_api.admin import ReadOnlyAdmin
from core_api.jobs.models import Job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = [
        *("short_id", "created_at", "kind", "requested_by", "state"),
        *("progress", "attempts", "worker", "last_heartbeat"),
    ]
    sortable_by = ["created_at"]  # the other columns have no index for sorting a long list
    list_filter = ["state", "kind", "attempts", "created_at"]
    search_fields = ["id", "worker", "error", "requested_by__username"]
    search_help_text = "Part of a job id, of a worker's name, of an error or of a username."
    list_select_related = ["requested_by"]
    date_hierarchy = "created_at"

    @admin.display(description="id")
    def short_id(self, job):
        return f"{str(job.id)[:8]}…"

    def last_heartbeat(self, job):
        if job.state != Job.State.RUNNING or job.heartbeat is None:
            return "-"
        return f"{(timezone.now() - job.heartbeat).total_seconds():.0f} s ago"

    def get_queryset(self, request):
        jobs = super().get_queryset(request)
        listed = request.resolver_match.url_name == "jobs_job_changelist"
        return jobs.defer("parameters", "checkpoint", "result") if listed else jobs
