"""Jobs to look at: how far each is, who works on it, and how long ago that worker was heard of."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from core_api.jobs.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    """Read-only: a job is changed by its worker and by nobody else."""

    list_display = [
        "id",
        "kind",
        "state",
        "done",
        "attempts",
        "worker",
        "heard_of",
        "requested_by",
        "created_at",
    ]
    list_filter = ["state", "kind", "attempts", "created_at"]
    search_fields = ["id", "worker", "error", "requested_by__username"]
    list_select_related = ["requested_by"]
    date_hierarchy = "created_at"

    @admin.display(description="progress", ordering="progress")
    def done(self, job):
        return format_html('<progress max="100" value="{0}"></progress> {0} %', job.progress)

    @admin.display(description="heartbeat", ordering="heartbeat")
    def heard_of(self, job):
        if job.state != Job.State.RUNNING or job.heartbeat is None:
            return "-"
        return f"{(timezone.now() - job.heartbeat).total_seconds():.0f} s ago"

    def get_queryset(self, request):
        jobs = super().get_queryset(request)
        listed = request.resolver_match.url_name == "jobs_job_changelist"
        return jobs.defer("parameters", "checkpoint", "result") if listed else jobs

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, job=None):
        return False

    def has_delete_permission(self, request, job=None):
        return False
