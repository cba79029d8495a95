import jwt
import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db


def login(api, username="carla", password="a-long-word"):
    return api.post("/api/token/", {"username": username, "password": password})


def whoami(api, token):
    return api.get("/api/whoami/", headers={"Authorization": f"Bearer {token}"})


def test_a_token_carries_the_claims_of_the_design(anonymous_api, customer):
    access = login(anonymous_api).data["access"]

    claims = jwt.decode(access, options={"verify_signature": False})

    wanted = {"user_id": str(customer.pk), "username": "carla", "role": "customer", "iss": "escala"}
    assert {name: claims[name] for name in wanted} == wanted
    assert claims.keys() == wanted.keys() | {"aud", "exp", "iat", "jti", "token_type"}
    assert claims["aud"] == ["core", "analytics"]
    assert claims["exp"] - claims["iat"] in (299, 300)  # the library reads the clock for each
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


def test_a_refresh_token_works_once(anonymous_api, customer):
    refresh = login(anonymous_api).data["refresh"]

    first = anonymous_api.post("/api/token/refresh/", {"refresh": refresh})
    second = anonymous_api.post("/api/token/refresh/", {"refresh": refresh})

    assert (first.status_code, second.status_code) == (200, 401)
    assert whoami(anonymous_api, first.data["access"]).data["username"] == "carla"
    assert (
        anonymous_api.post("/api/token/refresh/", {"refresh": first.data["refresh"]}).status_code
        == 200
    )
