import jwt
import pytest
from django.conf import settings

from analytics_api.accounts.services import ensure_admin

ADDRESSES = ["/analytics/whoami/", "/analytics/sales/summary/"]


def get(api, token, address="/analytics/whoami/"):
    return api.get(address, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("role", ["customer", "staff"])
def test_a_token_says_who_you_are_without_a_query(anonymous_api, token, role):
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


def test_without_a_token_nobody_is_anybody(anonymous_api):
    assert anonymous_api.get("/analytics/whoami/").status_code == 401


REFUSED = {
    "for core alone": {"aud": ["core"]},
    "for another system": {"aud": "other"},
    "for nobody": {"aud": ...},
    "of another issuer": {"iss": "someone"},
    "of no issuer": {"iss": ...},
    "expired": {"exp": 1},
    "expiring beyond all times": {"exp": 1e30},
    "never expiring": {"exp": ...},
    "a refresh token": {"token_type": "refresh"},
    "without an id": {"jti": ...},
    "not valid yet": {"nbf": 4_000_000_000},
    "of no user": {"user_id": ...},
    "of a user called abc": {"user_id": "abc"},
    "of a list of users": {"user_id": [1]},
    "signed with another key": {"key": "k" * 40},
}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_a_wrong_token_is_a_401_problem(anonymous_api, token, changes, address):
    answer = get(anonymous_api, token(**changes), address)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_without_a_signature_is_refused(anonymous_api, token):
    claims = jwt.decode(token(), options={"verify_signature": False})

    assert get(anonymous_api, jwt.encode(claims, None, "none")).status_code == 401
    assert get(anonymous_api, token().rpartition(".")[0] + ".").status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b", "Basic YTpi", "Bearer \x00", "Bearer " + "x" * 8000]
)
def test_a_header_that_is_no_token_is_a_401(anonymous_api, header):
    assert anonymous_api.get("/analytics/whoami/", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize(
    "claims", [{"is_staff": True}, {"is_superuser": True}, {"role": ["staff"]}, {"role": "Staff"}]
)
def test_only_the_role_staff_makes_staff(anonymous_api, token, claims):
    answer = get(anonymous_api, token(**({"role": "customer"} | claims)), "/analytics/sales/summary/")

    assert answer.status_code == 403


@pytest.mark.django_db
def test_the_admin_login_is_there_with_the_password_from_the_environment(monkeypatch, client):
    monkeypatch.setenv("ADMIN_PASSWORD", "first-password")
    ensure_admin()
    monkeypatch.setenv("ADMIN_PASSWORD", "second-password")
    ensure_admin()

    assert not client.login(username="admin", password="first-password")
    assert client.login(username="admin", password="second-password")
    assert client.get("/analytics/admin/").status_code == 200
