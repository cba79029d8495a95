"""What ends a session, and when: a copied token, a new password, a deactivated account."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

from core_api.accounts.serializers import refresh_token_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_in(anonymous_api, customer):
    """The pair {access, refresh} of a new session of the customer."""
    login = {"username": "carla", "password": "a-long-word"}
    return lambda **changes: anonymous_api.post("/api/token/", login | changes).json()


@pytest.fixture
def refresh(anonymous_api):
    return lambda pair: anonymous_api.post("/api/token/refresh/", {"refresh": pair["refresh"]})


@pytest.fixture
def admin_page(admin_client, customer):
    """Posts a form of the admin's pages about the customer."""

    def post(page, **form):
        answer = admin_client.post(f"/admin/auth/user/{customer.pk}/{page}/", form)
        assert answer.status_code == 302, answer.content.decode()

    return post


def pass_time(**time):
    for use in BlacklistedToken.objects.all():
        BlacklistedToken.objects.filter(pk=use.pk).update(
            blacklisted_at=use.blacklisted_at - timedelta(**time)
        )


def test_a_refresh_token_used_again_much_later_ends_all_sessions_of_its_user(
    log_in, refresh, staff
):
    stolen, elsewhere, of_another = log_in(), log_in(), log_in(username="steven")
    thief = refresh(stolen).data
    pass_time(seconds=11)

    assert refresh(stolen).status_code == 401

    assert refresh(thief).status_code == 401
    assert refresh(elsewhere).status_code == 401
    assert refresh(of_another).status_code == 200


def test_tokens_of_an_ended_session_cannot_end_the_next_one(log_in, refresh):
    stolen = log_in()
    thief = refresh(stolen).data
    pass_time(minutes=10)
    refresh(stolen)
    new = log_in()

    assert [refresh(pair).status_code for pair in (stolen, thief, stolen, thief)] == [401] * 4
    assert refresh(new).status_code == 200


def test_a_second_use_within_the_grace_time_is_refused_and_ends_nothing(log_in, refresh):
    pair = log_in()
    won = refresh(pair).data
    pass_time(seconds=8)

    assert refresh(pair).status_code == 401
    assert refresh(won).status_code == 200


def test_a_password_changed_in_the_admin_stops_refresh_at_once(log_in, refresh, admin_page):
    pair = log_in()

    new = {"password1": "another-long-word-9", "password2": "another-long-word-9"}
    admin_page("password", usable_password="true", **new)

    assert refresh(pair).status_code == 401
    assert refresh(log_in(password="another-long-word-9")).status_code == 200


def test_a_password_changed_by_command_stops_refresh_at_once(log_in, refresh, monkeypatch):
    pair = log_in()
    monkeypatch.setattr("getpass.getpass", lambda prompt: "another-long-word-9")

    call_command("changepassword", "carla")

    assert refresh(pair).status_code == 401


def test_a_deactivated_account_gets_no_new_token_but_keeps_its_access_token(
    log_in, refresh, admin_page, anonymous_api
):
    pair = log_in()

    # A checkbox that is not sent is not ticked: is_active.
    admin_page("change", username="carla", date_joined_0="2026-01-01", date_joined_1="00:00:00")

    assert refresh(pair).status_code == 401
    assert "access" not in log_in()
    whoami = anonymous_api.get(
        "/api/whoami/", headers={"Authorization": f"Bearer {pair['access']}"}
    )
    assert whoami.status_code == 200  # no user is looked up: the token is valid for 5 minutes


def test_a_new_role_is_in_the_next_access_token(log_in, refresh, customer, anonymous_api):
    pair = log_in()
    customer.is_staff = True
    customer.save()

    access = refresh(pair).data["access"]

    whoami = anonymous_api.get("/api/whoami/", headers={"Authorization": f"Bearer {access}"})
    assert whoami.json()["role"] == "staff"


def test_a_signed_refresh_token_that_core_did_not_issue_is_refused(refresh, customer):
    token = refresh_token_for(customer)
    token.set_jti()  # the key is enough to make such a token

    assert refresh({"refresh": str(token)}).status_code == 401
