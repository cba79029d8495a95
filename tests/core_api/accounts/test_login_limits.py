"""The limits of failed logins: every form, every spelling of a name, simultaneous logins."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, hashers
from django.db import transaction
from django.utils import timezone

from login_limits.backend import TooManyFailures
from login_limits.models import FailedLogin
from tests.support.races import at_once, needs_postgres

pytestmark = pytest.mark.django_db
RIGHT = "a-long-word"
FORMS = ["/api/token/", "/api/login/", "/admin/login/"]


def attempt(api, username="carla", password="wrong", form="/api/token/", address="10.0.0.1"):
    """One login from `address`. HAProxy appends it to X-Forwarded-For, after what a client sent."""
    login = {"username": username, "password": password}
    headers = {"X-Forwarded-For": f"{uuid.uuid4()}, {address}"}
    return api.post(
        form, login, format="json" if form == "/api/token/" else "multipart", headers=headers
    )


def statuses(answers):
    return [answer.status_code for answer in answers]


def pass_time(**time):
    for failure in FailedLogin.objects.all():
        failure.at -= timedelta(**time)
        failure.save()


def hashes(monkeypatch):
    """The passwords hashed from now on."""
    seen, encode = [], hashers.MD5PasswordHasher.encode

    def remember(self, password, salt):
        seen.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", remember)
    return seen


@pytest.mark.parametrize("username", ["carla", "nobody"])
def test_after_five_failures_an_account_is_refused_before_its_password_is_checked(
    anonymous_api, customer, monkeypatch, username
):
    assert statuses(attempt(anonymous_api, username) for _ in range(5)) == [401] * 5
    hashed = hashes(monkeypatch)

    answer = attempt(anonymous_api, username, RIGHT, address="10.9.9.9")

    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:escala:too-many-failed-logins"
    assert 50 <= int(answer["Retry-After"]) <= 60
    assert hashed == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_counts_and_every_form_obeys(anonymous_api, customer, form):
    for number in range(5):
        assert attempt(anonymous_api, form=FORMS[number % 3]).status_code in (200, 401)

    answer = attempt(anonymous_api, password=RIGHT, form=form)

    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:escala:too-many-failed-logins"
    assert 50 <= int(answer["Retry-After"]) <= 60


def test_a_lockout_ends_after_a_minute_however_many_logins_were_tried(anonymous_api, customer):
    for seconds_ago in (0, 10, 10, 10, 10):
        pass_time(seconds=seconds_ago)
        attempt(anonymous_api)
    assert 19 <= int(attempt(anonymous_api)["Retry-After"]) <= 20
    assert statuses(attempt(anonymous_api) for _ in range(10)) == [429] * 10

    pass_time(seconds=20)

    assert attempt(anonymous_api, password=RIGHT).status_code == 200
    assert statuses([attempt(anonymous_api), attempt(anonymous_api)]) == [401, 429]


def test_a_success_is_never_counted_and_clears_nothing(anonymous_api, customer):
    assert statuses(attempt(anonymous_api, password=RIGHT) for _ in range(10)) == [200] * 10
    assert not FailedLogin.objects.exists()
    assert statuses(attempt(anonymous_api) for _ in range(4)) == [401] * 4

    assert attempt(anonymous_api, password=RIGHT).status_code == 200
    assert statuses([attempt(anonymous_api), attempt(anonymous_api)]) == [401, 429]


def test_an_address_over_its_limit_still_logs_in_with_a_right_password(anonymous_api, customer):
    tries = [attempt(anonymous_api, f"user-{number}") for number in range(23)]

    assert statuses(tries) == [401] * 20 + [429] * 3
    assert 50 <= int(tries[-1]["Retry-After"]) <= 60
    assert attempt(anonymous_api, password=RIGHT).status_code == 200
    assert attempt(anonymous_api).status_code == 429
    assert attempt(anonymous_api, address="10.0.0.2").status_code == 401


def test_guesses_from_an_address_over_its_limit_count_for_the_account(anonymous_api, customer):
    for number in range(20):
        attempt(anonymous_api, f"user-{number}")

    assert statuses(attempt(anonymous_api) for _ in range(5)) == [429] * 5
    assert attempt(anonymous_api, password=RIGHT, address="10.0.0.2").status_code == 429


@pytest.mark.parametrize("form", FORMS)
def test_another_spelling_of_a_name_is_no_further_guess(anonymous_api, customer, form):
    for spelling in ("carla", " carla ", "ｃａｒｌａ", "CARLA", "Carla"):
        attempt(anonymous_api, spelling, form=form)

    assert attempt(anonymous_api, "ｃarla", RIGHT, form=form).status_code == 429
    assert attempt(anonymous_api, "clara", form=form).status_code in (200, 401)


def test_an_unknown_name_is_answered_like_a_known_one(anonymous_api, customer, monkeypatch):
    hashed = hashes(monkeypatch)

    known, unknown = attempt(anonymous_api, "carla"), attempt(anonymous_api, "nobody")

    assert known.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    assert hashed == ["wrong", "wrong"]


def test_a_deactivated_account_gives_no_further_guesses(anonymous_api, customer):
    customer.is_active = False
    customer.save()

    assert statuses(attempt(anonymous_api, password=RIGHT) for _ in range(6)) == [401] * 5 + [429]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["n" * 10_000, "e\u0301" * 10_000, "a\x00b", "\ufdfa" * 200, " ", "'", "%s"]
)
def test_no_name_is_an_error_of_ours(anonymous_api, name, form):
    assert attempt(anonymous_api, name, form=form).status_code in (200, 400, 401)


def test_old_failures_leave_with_the_next_one(anonymous_api):
    for number in range(3):
        attempt(anonymous_api, f"user-{number}")
    pass_time(seconds=61)

    attempt(anonymous_api)

    assert FailedLogin.objects.get().at > timezone.now() - timedelta(seconds=30)


def test_the_asynchronous_way_is_no_way_around(customer, transactional_db):
    for _ in range(5):
        async_to_sync(aauthenticate)(None, username="carla", password="wrong")

    with pytest.raises(TooManyFailures):
        async_to_sync(aauthenticate)(None, username="carla", password=RIGHT)


@needs_postgres
def test_of_forty_guesses_at_the_same_moment_no_more_than_five_are_401(
    anonymous_api, customer, transactional_db
):
    answers = Counter(
        at_once(40, lambda number: attempt(anonymous_api, address=f"10.0.0.{number}").status_code)
    )

    assert answers[401] <= 5
    assert answers[401] + answers[429] == 40


@needs_postgres
def test_forty_right_logins_at_the_same_moment_all_get_in(
    anonymous_api, customer, transactional_db
):
    assert at_once(40, lambda _: attempt(anonymous_api, password=RIGHT).status_code) == [200] * 40
    assert not FailedLogin.objects.exists()


@needs_postgres
def test_a_failure_does_not_wait_for_another_that_is_just_sweeping(anonymous_api, transactional_db):
    FailedLogin.objects.create(account="a", address="b", at=timezone.now() - timedelta(minutes=2))

    with transaction.atomic():
        FailedLogin.objects.all().delete()
        answers = at_once(
            1, lambda _: attempt(anonymous_api).status_code
        )  # with a connection of its own

    assert answers == [401]
