import pytest
from django.conf import settings
from django.core.management import call_command


def get(api, token, address="/analytics/whoami/"):
    return api.get(address, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("role", ["customer", "staff"])
def test_a_token_identifies_its_user_without_a_query(anonymous_api, token, role):
    # No django_db mark: the test would fail at the first query.
    answer = get(anonymous_api, token(role=role))

    assert answer.json() == {
        "instance": settings.INSTANCE,
        "user_id": "7",
        "username": "steven",
        "role": role,
        "queries": 0,
    }
    assert answer["X-Served-By"] == settings.INSTANCE
    assert '"0 queries"' in answer["Server-Timing"]


def test_without_a_token_whoami_is_401(anonymous_api):
    assert anonymous_api.get("/analytics/whoami/").status_code == 401


@pytest.mark.django_db
def test_the_admin_login_is_there_with_the_password_from_the_environment(monkeypatch, client):
    monkeypatch.setenv("ADMIN_PASSWORD", "first-password")
    call_command("logins")
    monkeypatch.setenv("ADMIN_PASSWORD", "second-password")
    call_command("logins")

    assert not client.login(username="admin", password="first-password")
    assert client.login(username="admin", password="second-password")
    assert client.get("/analytics/admin/").status_code == 200
