"""Bad headers, addresses and methods at analytics; bad queries are tested in sales/."""

import pytest
from django.contrib import admin
from django.db import transaction

from tests.support.hostile import documents, queries

pytestmark = pytest.mark.django_db
ADDRESSES = ["", "whoami/", "sales/daily/", "sales/top-products/", "sales/summary/"]


def assert_problem(answer, status):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "request_id"} <= answer.json().keys()


@pytest.mark.parametrize("name", documents.NO_DOCUMENT)
def test_a_body_changes_nothing_about_a_refusal_to_write(staff_api, name):
    body, content_type, status = documents.NO_DOCUMENT[name]

    for address in ADDRESSES:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = staff_api.generic(method, f"/analytics/{address}", body, content_type)
            assert_problem(answer, 413 if status == 413 else 405)


@pytest.mark.parametrize(("headers", "status"), queries.HEADERS)
def test_odd_headers_are_ignored_or_refused(staff_api, headers, status):
    answer = staff_api.get("/analytics/sales/top-products/?a=%20", headers=headers)

    assert answer.status_code == status
    assert answer["Content-Type"] == (
        "application/json" if status == 200 else "application/problem+json"
    )


@pytest.mark.parametrize("value", queries.IDS)
def test_an_address_that_is_none_leads_nowhere(staff_api, value):
    for pattern in ("{}/", "sales/{}/", "sales/daily/{}/", "whoami/{}/"):
        assert_problem(staff_api.get(f"/analytics/{pattern.format(value)}"), 404)


def test_a_write_without_the_last_slash_is_refused_and_not_redirected(staff_api):
    assert_problem(staff_api.post("/analytics/sales/summary", {}), 404)
    assert staff_api.get("/analytics/sales/summary")["Location"] == "/analytics/sales/summary/"


@pytest.mark.parametrize("question", queries.ADMIN_QUERIES)
def test_no_question_breaks_a_list_of_the_admin(admin_client, question):
    for model in admin.site._registry:
        address = f"/analytics/admin/{model._meta.app_label}/{model._meta.model_name}/?{question}"

        with transaction.atomic():  # as in life: a query that failed takes no other request with it
            assert admin_client.get(address).status_code in (200, 302, 400), address
            transaction.set_rollback(True)


@pytest.mark.parametrize("version", ["%00", "%0d%0aX:1", "é", "x" * 5000])
def test_the_schemas_version_is_no_way_into_its_headers(anonymous_api, version):
    answer = anonymous_api.get(f"/analytics/schema/?version={version}")

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'inline; filename="Escala analytics_api.yaml"'
