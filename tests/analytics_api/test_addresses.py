from urllib.parse import urlsplit

import pytest
import yaml
from django.core.management import call_command


def test_the_root_names_every_address_and_each_is_there(staff_api, db):
    addresses = staff_api.get("/analytics/").json()

    assert set(addresses) == {
        "sales-daily",
        "sales-top-products",
        "sales-summary",
        "whoami",
        "schema",
        "docs",
        "admin",
    }
    for address in addresses.values():
        assert staff_api.get(urlsplit(address).path).status_code in (200, 302)


def test_the_root_is_a_page_for_browsers(client, db):
    answer = client.get("/analytics/", headers={"Accept": "text/html"})

    assert "text/html" in answer["Content-Type"]
    assert "/analytics/login/" in answer.content.decode()


def test_a_browser_at_analytics_alone_is_redirected_to_its_root(client):
    assert client.get("/")["Location"] == "/analytics/"


@pytest.mark.parametrize("address", ["/analytics/", "/analytics/login/"])
def test_the_browsable_api_bears_the_name_of_analytics(client, db, address):
    page = client.get(address, headers={"Accept": "text/html"}).content.decode()

    assert "Escala analytics_api" in page and "django-rest-framework.org" not in page


def test_the_openapi_document_is_valid_and_complete(tmp_path):
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml")
    )

    schema = yaml.safe_load((tmp_path / "schema.yaml").read_text())
    assert schema["openapi"] == "3.1.0"
    daily = schema["paths"]["/analytics/sales/daily/"]["get"]
    assert [parameter["name"] for parameter in daily["parameters"]] == ["from", "to"]
    assert {"jwtAuth": []} in daily["security"]


def test_the_docs_load_nothing_from_outside(client, db):
    page = client.get("/analytics/docs/").content.decode()

    assert "/analytics/static/drf_spectacular_sidecar/" in page
    assert "//cdn" not in page


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_health_needs_no_database(client, address):
    assert client.get(address).status_code == 200


def test_what_is_not_there_is_a_404_problem(client):
    answer = client.get("/analytics/nothing/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_host_that_is_not_ours_is_a_400_problem(client):
    answer = client.get("/analytics/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/analytics/login/", "/analytics/admin/login/"])
def test_a_login_here_leaves_the_cookies_of_the_shop_alone(client, db, monkeypatch, address):
    monkeypatch.setenv("ADMIN_PASSWORD", "a-long-word")
    call_command("logins")
    client.cookies["core_session"] = client.cookies["core_csrf"] = "of-the-shop"

    client.get(address)
    answer = client.post(address, {"username": "admin", "password": "a-long-word"})

    assert answer.status_code == 302
    assert {name: cookie["path"] for name, cookie in answer.cookies.items()} == {
        "analytics_session": "/analytics/",
        "analytics_csrf": "/analytics/",
    }


def test_a_login_without_its_form_is_refused_as_a_problem(db):
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post(
        "/analytics/login/", {"username": "a", "password": "b"}
    )

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
