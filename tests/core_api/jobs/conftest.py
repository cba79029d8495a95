"""Jobs made the way a request makes them, and run the way a worker runs them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core_api.jobs import services, tasks
from core_api.jobs.models import Job

HEADER = "sku,name,category,price,stock,description\n"


@pytest.fixture
def upload(staff):
    """A queued import of a file: text is encoded as UTF-8, and a text without header gets one."""

    def make(content, header=HEADER):
        data = content if isinstance(content, bytes) else (header + content).encode()
        return services.create_import(
            user_id=staff.pk, file=SimpleUploadedFile("products.csv", data)
        )

    return make


@pytest.fixture
def run():
    """The job after one attempt of a worker."""

    def work(job):
        tasks.run_job(str(job.pk))
        return Job.objects.get(pk=job.pk)

    return work


@pytest.fixture
def job(db):
    return Job.objects.create(
        kind=Job.Kind.REPORT, parameters={"from": "2026-01-01", "to": "2026-01-31"}
    )


@pytest.fixture
def work(monkeypatch):
    """Replaces what a report does."""

    def be(act):
        monkeypatch.setitem(tasks.WORK, Job.Kind.REPORT, act)

    return be


@pytest.fixture
def stall():
    """Makes it so many seconds since a job's worker was heard of."""

    def be(job, seconds):
        Job.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(seconds=seconds))

    return be
