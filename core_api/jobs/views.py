"""Long tasks for staff: request one (202), follow its progress, fetch its result."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response

from chassis.errors import Conflict, Problem
from chassis.inputs import MultiPartParser
from core_api.jobs import services, streams, tasks
from core_api.jobs.models import Job, JobChunk
from core_api.jobs.serializers import (
    ImportForm,
    ImportResultSerializer,
    JobSerializer,
    JobSummarySerializer,
    ReportForm,
)

LARGEST_FILE = 10 * 1024 * 1024  # bytes
ENVELOPE = 64 * 1024  # bytes that multipart may add around the file


class FileTooLarge(Problem):
    status_code = 413
    default_code = "file_too_large"
    default_detail = "A file may have at most 10 MB. Split it and import one part after the other."


class NotDone(Conflict):
    default_code = "job_not_done"


class JobList(generics.ListAPIView):
    """Jobs of one kind, newest first. POST requests a new one."""

    permission_classes = [IsAdminUser]
    kind = form_class = None

    def get_queryset(self):
        return Job.objects.filter(kind=self.kind).defer("parameters", "checkpoint", "result")

    def get_serializer_class(self):
        return self.form_class if self.request.method == "POST" else JobSummarySerializer

    def accepted(self, job):
        """202 with the current state of the job: queued, or ended already with TASKS=inline."""
        tasks.run_inline_if_configured(job)
        job.refresh_from_db()
        location = {"Location": f"/api/jobs/{job.pk}/"}
        return Response({**JobSerializer(job).data}, status=202, headers=location)


class ReportList(JobList):
    """Sales reports: one CSV row per order line of the given days (UTC, both included)."""

    kind, form_class = Job.Kind.REPORT, ReportForm

    @extend_schema(request=ReportForm, responses={202: JobSerializer})
    def post(self, request):
        """Request a sales report. The response names the address of the job."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        days = form.validated_data
        return self.accepted(
            services.create_report(user_id=request.user.id, first=days["from"], last=days["to"])
        )


class ImportList(JobList):
    """Imports of products from CSV: columns sku,name,category,price,stock, optional description."""

    kind, form_class = Job.Kind.IMPORT, ImportForm
    parser_classes = [MultiPartParser]
    largest_body = LARGEST_FILE + ENVELOPE

    @extend_schema(request=ImportForm, responses={202: JobSerializer})
    def post(self, request):
        """Upload a CSV file of products. The response names the address of the job."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        if file.size > LARGEST_FILE:
            raise FileTooLarge()
        return self.accepted(services.create_import(user_id=request.user.id, file=file))


class JobDetail(generics.RetrieveAPIView):
    """State, progress and result of a job."""

    permission_classes = [IsAdminUser]
    serializer_class = JobSerializer
    queryset = Job.objects.all()


class JobResult(generics.GenericAPIView):
    """The result of a finished job: a report's CSV, or an import's counts and rejected rows."""

    permission_classes = [IsAdminUser]
    queryset = Job.objects.all()
    pagination_class = None

    def perform_content_negotiation(self, request, force=False):
        """Accept every Accept header: no renderer is registered for text/csv."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/json"): ImportResultSerializer,
            409: None,
        }
    )
    def get(self, request, pk):
        job = self.get_object()
        if job.state == Job.State.FAILED:
            raise NotDone(f"The job failed and has no result: {job.error}")
        if job.state != Job.State.DONE:
            raise NotDone(f"The job is {job.state}, {job.progress} %: request it again later.")
        if job.kind == Job.Kind.IMPORT:
            return Response(job.result)
        name = f"sales-{job.parameters['from']}-{job.parameters['to']}.csv"
        return StreamingHttpResponse(
            streams.read(job.pk, JobChunk.Stream.RESULT),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Content-Length": str(job.result["bytes"]),
            },
        )
