"""The permissions of analytics: every address with every method, for every kind of user."""

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from tests.support.hostile import addresses, tokens

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WHO = ["anonymous", "customer", "staff", "other audience", "expired", "refresh token"]
LOOKS_AT_NO_TOKEN = [200] * 6
LEADS_ON = [302] * 6
PUBLIC = [200, 200, 200, 401, 401, 401]
USERS = [401, 200, 200, 401, 401, 401]
STAFF = [401, 403, 200, 401, 401, 401]
NEEDS_ITS_FORM = [403] * 6  # Django's protection against foreign forms

ACCESS = {
    ("GET", ""): LEADS_ON,
    ("POST", ""): NEEDS_ITS_FORM,
    ("PUT", ""): NEEDS_ITS_FORM,
    ("PATCH", ""): NEEDS_ITS_FORM,
    ("DELETE", ""): NEEDS_ITS_FORM,
    ("GET", "health/live"): LOOKS_AT_NO_TOKEN,
    ("GET", "health/ready"): LOOKS_AT_NO_TOKEN,
    ("GET", "analytics/"): PUBLIC,
    ("GET", "analytics/whoami/"): USERS,
    ("GET", "analytics/sales/daily/"): STAFF,
    ("GET", "analytics/sales/top-products/"): STAFF,
    ("GET", "analytics/sales/summary/"): STAFF,
    ("GET", "analytics/schema/"): PUBLIC,
    ("GET", "analytics/docs/"): PUBLIC,
    ("GET", "analytics/login/"): LOOKS_AT_NO_TOKEN,
    ("POST", "analytics/login/"): NEEDS_ITS_FORM,
    ("PUT", "analytics/login/"): NEEDS_ITS_FORM,
    ("POST", "analytics/logout/"): NEEDS_ITS_FORM,
}


@pytest.fixture
def clients():
    """{who: a client with the token of that one}."""
    mint = tokens.minter(settings.SIMPLE_JWT["SIGNING_KEY"], role="staff")
    given = {
        "anonymous": None,
        "customer": mint(role="customer"),
        "staff": mint(),
        "other audience": mint(aud=["core"]),
        "expired": mint(exp=1),
        "refresh token": mint(token_type="refresh"),
    }
    clients = {who: APIClient(enforce_csrf_checks=True) for who in WHO}
    for who, token in given.items():
        if token:
            clients[who].credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return clients


def ask(client, method, route):
    return getattr(client, method.lower())(addresses.address(route), {})


def test_the_table_has_every_address_and_every_method_and_no_other():
    assert set(ACCESS) == addresses.every_method()


@pytest.mark.parametrize(("method", "route"), ACCESS)
def test_each_user_gets_the_status_of_the_table(clients, method, route):
    answers = {who: ask(clients[who], method, route) for who in WHO}

    found = {who: answer.status_code for who, answer in answers.items()}
    assert found == dict(zip(WHO, ACCESS[method, route], strict=True))
    refusals = [answer for answer in answers.values() if answer.status_code >= 400]
    assert {answer["Content-Type"] for answer in refusals} <= {"application/problem+json"}


def test_a_method_that_an_address_does_not_have_is_refused(clients):
    for method, route in addresses.other_methods():
        for who in WHO:
            answer = ask(clients[who], method, route)

            wanted = (403, 405) if who == "staff" else (401, 403, 405)
            assert answer.status_code in wanted, (method, route, who)
            assert answer["Content-Type"] == "application/problem+json", (method, route, who)


@pytest.mark.parametrize("method", addresses.OTHER_METHODS)
def test_every_address_answers_the_methods_that_no_view_names(clients, method):
    addresses.check_method(clients, method)


def test_the_admin_is_closed_to_all_but_staff_who_logged_in(clients, django_user_model):
    clients["a user who logged in"] = APIClient(enforce_csrf_checks=True)
    clients["a user who logged in"].force_login(django_user_model.objects.create_user("vera"))
    login, root = "/analytics/admin/login/", "/analytics/admin/"
    for who, client in clients.items():
        for place in addresses.admin_addresses():
            read, write = client.get(place), client.post(place, {}, format="multipart")

            if place == login:
                assert read.status_code == 200, who
            else:
                assert read.status_code == 302, (who, place)
                assert read["Location"].partition("?")[0] in (login, root), (who, place)
            assert write.status_code == 403 or write["Location"].startswith(login), (who, place)
