import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_a_browser_logs_in_once_and_uses_the_api_with_its_session(staff, make_product):
    make_product("TEA-1")
    browser = APIClient(enforce_csrf_checks=True)
    page = browser.get("/api/login/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    form = {
        "username": "steven",
        "password": "a-long-word",
        "csrfmiddlewaretoken": browser.cookies["core_csrf"].value,
    }

    done = browser.post("/api/login/", form, format="multipart")

    assert (done.status_code, done["Location"]) == (302, "/api/")
    assert browser.get("/api/whoami/").json()["role"] == "staff"


def test_a_session_needs_its_csrf_token_to_write(staff, make_product):
    make_product("TEA-1")
    browser = APIClient(enforce_csrf_checks=True)
    browser.login(username="steven", password="a-long-word")

    assert browser.delete("/api/products/TEA-1/").status_code == 403
    assert browser.post("/api/login/", {"username": "steven"}).json()["status"] == 403
