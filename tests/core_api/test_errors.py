import pytest
from django.db import OperationalError, connection

from chassis.whoami import WhoAmI

pytestmark = pytest.mark.django_db


def test_an_unknown_address_is_a_problem_document(anonymous_api):
    answer = anonymous_api.get("/no/such/", headers={"X-Request-ID": "my-request-1"})

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document.pop("detail")
    assert document == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "request_id": "my-request-1",
    }


def test_invalid_input_names_its_fields(staff_api):
    document = staff_api.post("/api/products/", {"price": "dear"}).json()

    assert document["type"] == "urn:escala:invalid"
    assert {"sku", "name", "price"} <= document["errors"].keys()


def test_a_database_that_does_not_answer_is_503_with_retry_after(customer_api, monkeypatch):
    def fail(*_, **__):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(WhoAmI, "get", fail)

    answer = customer_api.get("/api/whoami/")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "1"
    assert "server closed" not in answer.content.decode()


def test_a_page_of_the_admin_is_503_too_when_the_database_does_not_answer(
    client, staff, monkeypatch
):
    staff.is_superuser = True
    staff.save()
    client.force_login(staff)

    def fail(*_, **__):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("django.contrib.admin.options.ModelAdmin.get_changelist_instance", fail)

    answer = client.get("/admin/auth/group/")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "1"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite stores any number: run ./escala test"
)
def test_an_amount_that_no_column_holds_is_400(customer_api, make_product):
    for number in range(20):
        make_product(f"GOLD-{number}", stock=1_000_000, price="99999999.99")
    lines = [{"sku": f"GOLD-{number}", "quantity": 1_000_000} for number in range(20)]

    answer = customer_api.post("/api/orders/", {"lines": lines}, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 400


def test_every_answer_says_where_how_long_and_under_which_id(anonymous_api, settings):
    answer = anonymous_api.get("/api/categories/", headers={"X-Request-ID": "line\r\nbreak"})

    assert answer["X-Served-By"] == settings.INSTANCE
    assert "app;dur=" in answer["Server-Timing"] and "queries" in answer["Server-Timing"]
    assert len(answer["X-Request-ID"]) == 36
