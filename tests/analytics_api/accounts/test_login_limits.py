"""The login limits at the forms of analytics; the tests of core_api cover the details."""

import pytest

from login_limits.models import FailedLogin

pytestmark = pytest.mark.django_db
FORMS = ["/analytics/login/", "/analytics/admin/login/"]


@pytest.fixture
def attempt(client, django_user_model):
    """One login from `address`. HAProxy appends it to X-Forwarded-For, after what a client sent."""
    django_user_model.objects.create_superuser("admin", password="a-long-word")

    def post(username="admin", password="wrong", form=FORMS[0], address="10.0.0.1"):
        login = {"username": username, "password": password}
        return client.post(form, login, headers={"X-Forwarded-For": f"{username}, {address}"})

    return post


@pytest.mark.parametrize("form", FORMS)
def test_five_failures_in_either_form_close_both_forms_for_the_account(attempt, form):
    assert [attempt(form=FORMS[number % 2]).status_code for number in range(5)] == [200] * 5

    answer = attempt(password="a-long-word", form=form)

    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert 50 <= int(answer["Retry-After"]) <= 60


def test_an_address_over_its_limit_still_logs_in_with_a_right_password(attempt):
    tries = [attempt(f"user-{number}").status_code for number in range(22)]

    assert tries == [200] * 20 + [429] * 2
    assert attempt(password="a-long-word").status_code == 302
    assert attempt("another", address="10.0.0.2").status_code == 200
    assert FailedLogin.objects.count() == 23
