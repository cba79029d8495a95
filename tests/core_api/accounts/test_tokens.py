import time

import jwt
import pytest
from django.conf import settings
from rest_framework_simplejwt.settings import api_settings

pytestmark = pytest.mark.django_db


def login(api, username="carla", password="a-long-word"):
    return api.post("/api/token/", {"username": username, "password": password})


def forged(**changes):
    now = int(time.time())
    claims = {
        "token_type": "access",
        "user_id": "1",
        "username": "carla",
        "role": "customer",
        "iss": "escala",
    }
    claims |= {"aud": ["core", "analytics"], "iat": now, "exp": now + 300, "jti": "j"} | changes
    claims = {name: value for name, value in claims.items() if value is not ...}
    return jwt.encode(claims, api_settings.SIGNING_KEY, "HS256")


def whoami(api, token):
    return api.get("/api/whoami/", headers={"Authorization": f"Bearer {token}"})


def test_a_token_carries_the_claims_of_the_design(anonymous_api, customer):
    access = login(anonymous_api).data["access"]

    claims = jwt.decode(access, options={"verify_signature": False})

    wanted = {"user_id": str(customer.pk), "username": "carla", "role": "customer", "iss": "escala"}
    assert {name: claims[name] for name in wanted} == wanted
    assert claims["aud"] == ["core", "analytics"]
    assert claims["exp"] - claims["iat"] == 300
    assert claims["jti"]


def test_a_token_is_verified_without_a_query(anonymous_api, customer, django_assert_num_queries):
    access = login(anonymous_api).data["access"]

    with django_assert_num_queries(0):
        answer = whoami(anonymous_api, access)

    assert answer.json() == {
        "instance": settings.INSTANCE,
        "user_id": str(customer.pk),
        "username": "carla",
        "role": "customer",
        "queries": 0,
    }


def test_a_wrong_password_is_a_401_problem(anonymous_api, customer):
    answer = login(anonymous_api, password="wrong")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401


def test_a_deactivated_user_gets_no_token(anonymous_api, customer):
    customer.is_active = False
    customer.save()

    assert login(anonymous_api).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["analytics"]},
        {"aud": "other"},
        {"aud": ...},
        {"iss": "someone"},
        {"iss": ...},
        {"exp": 1},
        {"exp": 1e30},
        {"exp": ...},
        {"jti": ...},
        {"token_type": "refresh"},
        {"user_id": "abc"},
        {"user_id": [1]},
        {"user_id": ...},
        {"user_id": "1\x00"},
        {"user_id": "9" * 30},
    ],
)
def test_a_signed_token_with_a_wrong_claim_is_401(anonymous_api, changes):
    assert whoami(anonymous_api, forged()).status_code == 200

    answer = whoami(anonymous_api, forged(**changes))

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_a_claim_of_superuser_gives_no_rights(anonymous_api, make_product):
    make_product("TEA-1")
    token = forged(is_staff=True, is_superuser=True)

    answer = anonymous_api.delete("/api/products/TEA-1/", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403


def test_a_refresh_token_works_once(anonymous_api, customer):
    refresh = login(anonymous_api).data["refresh"]

    first = anonymous_api.post("/api/token/refresh/", {"refresh": refresh})
    second = anonymous_api.post("/api/token/refresh/", {"refresh": refresh})

    assert (first.status_code, second.status_code) == (200, 401)
    assert whoami(anonymous_api, first.data["access"]).data["username"] == "carla"
    assert anonymous_api.post("/api/token/refresh/", {"refresh": first.data["refresh"]}).status_code == 200


def test_a_new_password_stops_refresh_at_once(anonymous_api, customer):
    refresh = login(anonymous_api).data["refresh"]
    customer.set_password("another-word")
    customer.save()

    assert anonymous_api.post("/api/token/refresh/", {"refresh": refresh}).status_code == 401


@pytest.mark.parametrize("refresh", ["", "abc", "a.b.c", None, 7, forged(token_type="refresh", jti=...)])
def test_a_refresh_token_that_is_none_is_refused(anonymous_api, refresh):
    assert anonymous_api.post("/api/token/refresh/", {"refresh": refresh}).status_code in (400, 401)
