"""A login that renews an old hash is no new password: it ends no session."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from login_limits.password_hashes import password_id
from tests.support.races import at_once, needs_postgres

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a-long-word"


class Hasher(PBKDF2PasswordHasher):
    iterations = 1000


@pytest.fixture(autouse=True)
def outdated(settings, customer):
    """The customer's hash has fewer iterations than the hasher makes now."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Hasher"]
    customer.password = Hasher().encode(PASSWORD, Hasher().salt(), iterations=10)
    customer.save()


def log_in(password=PASSWORD):
    return APIClient().post("/api/token/", {"username": "carla", "password": password})


def refresh(pair):
    return APIClient().post("/api/token/refresh/", {"refresh": pair["refresh"]})


def browser(address="/api/login/"):
    """A browser that has just logged in."""
    client = Client()
    answer = client.post(address, {"username": "carla", "password": PASSWORD})
    assert answer.status_code == 302
    return client


def signed_in(client):
    return client.get("/api/whoami/").status_code == 200


def iterations_of(customer):
    customer.refresh_from_db()
    return Hasher().decode(customer.password)["iterations"]


@needs_postgres
def test_simultaneous_logins_that_renew_the_hash_all_get_tokens_that_live(customer):
    pairs = [answer.json() for answer in at_once(3, lambda number: log_in())]

    assert iterations_of(customer) == 1000
    assert [refresh(pair).status_code for pair in pairs] == [200] * 3


def test_a_login_that_renews_the_hash_signs_no_other_device_out(customer, monkeypatch):
    monkeypatch.setattr(Hasher, "iterations", 10)
    other = log_in().json()
    monkeypatch.undo()

    assert log_in().status_code == 200

    assert iterations_of(customer) == 1000
    assert refresh(other).status_code == 200
    assert log_in("another").status_code == 401


@pytest.mark.parametrize("address", ["/api/login/", "/admin/login/"])
def test_a_browser_stays_signed_in_until_a_password_is_set(customer, monkeypatch, address):
    type(customer).objects.update(is_staff=True)
    monkeypatch.setattr(Hasher, "iterations", 10)
    other = browser(address)
    monkeypatch.undo()

    renewing = browser(address)

    assert iterations_of(customer) == 1000
    assert signed_in(other) and signed_in(renewing)
    customer.set_password(PASSWORD)
    customer.save()
    assert not signed_in(other) and not signed_in(renewing)


@needs_postgres
def test_simultaneous_browsers_that_renew_the_hash_all_stay_signed_in(customer):
    browsers = at_once(3, lambda number: browser())

    assert iterations_of(customer) == 1000
    assert [signed_in(client) for client in browsers] == [True] * 3


def test_the_command_that_sets_the_demo_passwords_signs_nobody_out(customer, monkeypatch):
    monkeypatch.setenv("CUSTOMER_PASSWORD", PASSWORD)
    monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)
    type(customer).objects.update(username="customer")
    pair = APIClient().post("/api/token/", {"username": "customer", "password": PASSWORD}).json()

    call_command("logins")

    assert refresh(pair).status_code == 200


def test_a_renewed_hash_overwrites_no_password_that_was_just_set(customer):
    read_before = type(customer).objects.get()
    customer.set_password("another-long-word-9")
    customer.save()

    assert read_before.check_password(PASSWORD)

    customer.refresh_from_db()
    assert customer.check_password("another-long-word-9")


def test_the_same_password_set_again_ends_all_sessions(customer):
    pair, before = log_in().json(), password_id(type(customer).objects.get().password)

    customer.set_password(PASSWORD)
    customer.save()

    assert password_id(customer.password) != before
    assert refresh(pair).status_code == 401
