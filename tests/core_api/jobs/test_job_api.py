"""Asking for long tasks over HTTP: accepted at once, looked at, fetched; for staff alone."""

import csv
import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core_api.jobs import services
from core_api.jobs.models import Job
from core_api.orders.services import place_order

pytestmark = pytest.mark.django_db

DAYS = {"from": "2020-01-01", "to": "2099-12-31"}
CSV = b"sku,name,category,price,stock\nTEA-1,Tea,Tea,12.50,7\nTEA-2,Tea,Tea,wrong,7\n"


@pytest.fixture(autouse=True)
def queued(settings):
    settings.TASKS = "queued"


def file_of(content=CSV, name="products.csv"):
    return {"file": SimpleUploadedFile(name, content, content_type="text/csv")}


def post_file(api, body):
    return api.post("/api/imports/", body, format="multipart")


def test_a_report_is_accepted_and_nothing_is_done_in_the_request(staff_api, staff):
    answer = staff_api.post("/api/reports/", DAYS)

    job = Job.objects.get()
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/jobs/{job.pk}/"
    body = {
        "kind": "report",
        "state": "queued",
        "progress": 0,
        "attempts": 0,
        "error": "",
        "result": None,
    }
    assert answer.json() == staff_api.get(answer["Location"]).json() == body | {"id": str(job.pk)}
    assert (job.requested_by, job.parameters) == (staff, DAYS)


def test_a_report_is_downloaded_as_csv(staff_api, customer, make_product, run):
    make_product("TEA-1", price="12.50")
    place_order(user_id=customer.pk, key="key", lines=[{"sku": "TEA-1", "quantity": 2}])
    location = staff_api.post("/api/reports/", DAYS)["Location"]
    run(Job.objects.get())

    answer = staff_api.get(f"{location}result/", headers={"Accept": "text/csv"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="sales-2020-01-01-2099-12-31.csv"'
    content = answer.getvalue()
    assert (
        len(content)
        == int(answer["Content-Length"])
        == staff_api.get(location).json()["result"]["bytes"]
    )
    [row] = list(csv.DictReader(io.StringIO(content.decode())))
    assert (row["sku"], row["quantity"], row["amount"]) == ("TEA-1", "2", "25.00")


def test_an_import_reports_what_it_did(staff_api, run):
    accepted = post_file(staff_api, file_of())
    run(Job.objects.get())

    job = staff_api.get(accepted["Location"]).json()
    assert accepted.status_code == 202
    assert (job["state"], job["progress"], job["attempts"]) == ("done", 100, 1)
    assert job["result"] == staff_api.get(f"{accepted['Location']}result/").json()
    assert job["result"] == {
        "imported": 1,
        "rejected": 1,
        "rows": [{"line": 3, "column": "price", "reason": "A valid number is required."}],
    }


def test_an_upload_lies_in_chunks_of_64_kb_and_nowhere_else(staff_api):
    post_file(staff_api, file_of(b"x" * 200_000))

    sizes = [len(chunk.data) for chunk in Job.objects.get().chunks.all()]
    assert sizes == [65536, 65536, 65536, 200_000 - 3 * 65536]


def test_with_tasks_inline_the_request_does_the_work(
    staff_api, settings, django_capture_on_commit_callbacks
):
    settings.TASKS = "inline"

    with django_capture_on_commit_callbacks(execute=True):
        answer = post_file(staff_api, file_of())

    job = staff_api.get(answer["Location"]).json()
    assert (answer.status_code, job["state"], job["result"]["imported"]) == (202, "done", 1)


def test_a_result_that_is_not_there_yet_is_a_conflict_that_says_how_far_it_is(staff_api):
    location = staff_api.post("/api/reports/", DAYS)["Location"]
    queued = staff_api.get(f"{location}result/")
    with services.while_claimed(services.claim(Job.objects.get().pk), progress=40):
        pass

    running = staff_api.get(f"{location}result/")

    assert (queued.status_code, running.status_code) == (409, 409)
    assert queued.json()["detail"] == "The job is queued, 0 %: request it again later."
    assert running.json()["detail"] == "The job is running, 40 %: request it again later."
    assert running["Content-Type"] == "application/problem+json"


def test_the_result_of_a_failed_job_is_a_conflict_that_says_why(staff_api, run):
    location = post_file(staff_api, file_of(b"a;b"))["Location"]
    run(Job.objects.get())

    answer = staff_api.get(f"{location}result/")

    assert answer.status_code == 409
    assert "Line 1: wrong header" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({}, "from"),
        ({"from": "2026-01-01"}, "to"),
        ({"from": "2026-02-30", "to": "2026-03-01"}, "from"),
        ({"from": "2026-01-01", "to": "0000-01-01"}, "to"),
        ({"from": "2026-01-01", "to": "99999-01-01"}, "to"),
        ({"from": "2026-01-02", "to": "2026-01-01"}, "to"),
        ({"from": ["2026-01-02"], "to": None}, "from"),
        ({"from": "2026-01-02\0", "to": 1}, "from"),
        ([], "non_field_errors"),
    ],
)
def test_days_that_are_no_period_are_refused_by_name(staff_api, days, field):
    answer = staff_api.post("/api/reports/", days)

    assert (answer.status_code, field in answer.json()["errors"]) == (400, True)
    assert not Job.objects.exists()


@pytest.mark.parametrize("days", [("0001-01-01", "9999-12-31"), ("2026-01-01", "2026-01-01")])
def test_the_longest_and_the_shortest_period_are_reported(staff_api, run, days):
    staff_api.post("/api/reports/", {"from": days[0], "to": days[1]})

    assert run(Job.objects.get()).state == Job.State.DONE


@pytest.mark.parametrize(
    "body", [{}, {"file": "a text"}, {"another": SimpleUploadedFile("a.csv", CSV)}]
)
def test_an_import_without_file_is_refused_by_name(staff_api, body):
    answer = post_file(staff_api, body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/json", 415), ("text/csv", 415), ("multipart/form-data", 400), ("", 415)],
)
def test_an_import_that_is_no_form_is_refused(staff_api, content_type, status):
    answer = staff_api.generic("POST", "/api/imports/", b"{}", content_type=content_type)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_file_of_ten_megabytes_goes_in_and_one_byte_more_is_too_large(staff_api):
    largest = 10 * 1024 * 1024

    answers = [
        post_file(staff_api, file_of(b"x" * size))
        for size in (largest, largest + 1, largest + 200_000)
    ]

    assert [answer.status_code for answer in answers] == [202, 413, 413]
    assert answers[1].json()["type"] == "urn:escala:file-too-large"
    assert Job.objects.count() == 1


@pytest.mark.parametrize("name", ["a\0b.csv", "../../etc/passwd", "чай.csv", "x" * 300])
def test_a_strange_file_name_harms_nothing(staff_api, run, name):
    answer = post_file(staff_api, file_of(name=name))

    assert answer.status_code in (202, 400)
    assert all(run(job).state == Job.State.DONE for job in Job.objects.all())


def test_lists_show_the_jobs_of_their_kind_newest_first(staff_api):
    for _ in range(3):
        staff_api.post("/api/reports/", DAYS)
    post_file(staff_api, file_of())

    reports = staff_api.get("/api/reports/?page_size=2").json()
    imports = staff_api.get("/api/imports/").json()

    assert (reports["count"], len(reports["results"]), imports["count"]) == (3, 2, 1)
    assert [job["created_at"] for job in reports["results"]] == sorted(
        (job["created_at"] for job in reports["results"]), reverse=True
    )
    assert imports["results"][0]["kind"] == "import"


def test_a_browser_gets_pages_with_forms(client, staff):
    client.force_login(staff)

    pages = {
        name: client.get(f"/api/{name}/", headers={"Accept": "text/html"})
        for name in ("reports", "imports")
    }

    assert {page.status_code for page in pages.values()} == {200}
    assert b'name="from"' in pages["reports"].content
    assert b'type="file"' in pages["imports"].content


@pytest.mark.parametrize("fixture, status", [("customer_api", 403), ("anonymous_api", 401)])
def test_long_tasks_are_for_staff_alone(request, fixture, status):
    api = request.getfixturevalue(fixture)
    job = Job.objects.create(
        kind=Job.Kind.REPORT, state=Job.State.DONE, result={"bytes": 0}, parameters=DAYS
    )

    answers = [
        api.post("/api/reports/", DAYS),
        post_file(api, file_of()),
        *(api.get(address) for address in ("/api/reports/", "/api/imports/")),
        *(api.get(f"/api/jobs/{job.pk}/{page}") for page in ("", "result/")),
    ]

    assert {answer.status_code for answer in answers} == {status}
    assert Job.objects.count() == 1


@pytest.mark.parametrize("address", ["", "result/"])
def test_a_job_that_does_not_exist_is_not_found(staff_api, address):
    assert staff_api.get(f"/api/jobs/{uuid.uuid4()}/{address}").status_code == 404
