"""Jobs in the admin: to look at."""

import re

import pytest
from django.utils import timezone

from core_api.jobs.models import Job


@pytest.fixture
def job(db):
    return Job.objects.create(
        kind=Job.Kind.REPORT,
        state=Job.State.RUNNING,
        progress=40,
        worker="worker-1:abc",
        heartbeat=timezone.now(),
    )


def test_the_list_shows_how_far_a_job_is_and_when_its_worker_was_heard_of(admin_client, job):
    page = admin_client.get("/admin/jobs/job/?state=running&q=worker-1").content.decode()

    assert '<td class="field-progress">40</td>' in page
    assert re.search("[0-9] s ago", page)
    assert "worker-1:abc</td>" in page
    assert f"{str(job.pk)[:8]}…</a>" in page


def test_the_list_shows_user_and_time_and_is_sorted_by_time_alone(admin_client, admin_user, job):
    Job.objects.update(requested_by=admin_user)
    page = admin_client.get("/admin/jobs/job/").content.decode()

    assert f"{job.created_at:%Y-%m-%d %H:%M:%S}</td>" in page
    assert ">admin</td>" in page
    assert re.findall(r'class="sortable column-(\w+)', page) == ["created_at"]


def test_a_job_is_shown_and_can_not_be_changed(admin_client, job):
    address = f"/admin/jobs/job/{job.pk}/change/"

    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, {"state": "done"}).status_code == 403
    assert admin_client.get("/admin/jobs/job/add/").status_code == 403
    assert admin_client.get("/admin/jobs/jobchunk/").status_code == 404


@pytest.mark.parametrize(
    "query", ["q=%00", "q='%22", "state=nonsense", "created_at__gte=x", "p=-1"]
)
def test_strange_questions_get_an_answer(admin_client, job, query):
    assert admin_client.get(f"/admin/jobs/job/?{query}").status_code in (200, 302)
