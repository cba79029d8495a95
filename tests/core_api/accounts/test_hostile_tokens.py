"""Malformed and forged tokens at core_api, as access tokens and as refresh tokens."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from login_limits.password_hashes import password_id
from tests.support.hostile import tokens

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ADDRESSES = ["/api/whoami/", "/api/orders/", "/api/products/"]  # the last one is public


def assert_problem(answer, status):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "request_id"} <= answer.json().keys()


@pytest.fixture
def mint():
    return tokens.minter(settings.SIMPLE_JWT["SIGNING_KEY"])


@pytest.fixture
def mint_refresh(customer):
    """Makes refresh tokens of a customer, which are accepted unless a claim is changed."""
    password = password_id(customer.password)
    claims = {
        "token_type": "refresh",
        "user_id": str(customer.pk),
        "password_id": password,
        "jti": "known",
    }
    tomorrow = timezone.now() + timedelta(days=1)
    OutstandingToken.objects.create(user=customer, jti="known", token="", expires_at=tomorrow)
    return tokens.minter(settings.SIMPLE_JWT["SIGNING_KEY"], **claims)


def get(api, token, address="/api/whoami/"):
    return api.get(address, headers={"Authorization": f"Bearer {token}"})


def refresh(api, token):
    return api.post("/api/token/refresh/", {"refresh": token})


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("bend", tokens.REFUSED.values(), ids=tokens.REFUSED)
def test_a_wrong_token_is_a_401_problem(anonymous_api, mint, bend, address):
    assert_problem(get(anonymous_api, bend(mint), address), 401)


@pytest.mark.parametrize("bend", tokens.ACCEPTED.values(), ids=tokens.ACCEPTED)
def test_an_odd_token_that_we_signed_is_accepted(anonymous_api, mint, bend):
    assert get(anonymous_api, bend(mint)).status_code == 200


@pytest.mark.parametrize("claims", tokens.NO_STAFF.values(), ids=tokens.NO_STAFF)
def test_no_claim_but_the_role_gives_rights(anonymous_api, mint, make_product, claims):
    make_product("TEA-1")
    header = {"Authorization": f"Bearer {mint(**claims)}"}

    assert_problem(anonymous_api.delete("/api/products/TEA-1/", headers=header), 403)
    assert_problem(anonymous_api.get("/api/reports/", headers=header), 403)


@pytest.mark.parametrize(("header", "status"), tokens.HEADERS.items())
def test_a_header_must_be_the_word_bearer_and_a_token(anonymous_api, mint, header, status):
    answer = anonymous_api.get(
        "/api/whoami/", headers={"Authorization": header.format(mint(), mint())}
    )

    assert answer.status_code == status


@pytest.mark.parametrize("audience", [["analytics"], "analytics", []])
def test_a_token_for_the_other_service_is_refused(anonymous_api, mint, audience):
    assert_problem(get(anonymous_api, mint(aud=audience)), 401)


def test_each_type_of_token_has_its_use_and_no_other(anonymous_api, mint, mint_refresh):
    assert_problem(get(anonymous_api, mint_refresh()), 401)
    assert_problem(refresh(anonymous_api, mint_refresh(token_type="access")), 401)
    assert_problem(anonymous_api.post("/api/token/verify/", {"token": mint_refresh()}), 404)
    assert refresh(anonymous_api, mint_refresh()).status_code == 200


@pytest.mark.parametrize("bend", tokens.REFUSED.values(), ids=tokens.REFUSED)
def test_a_wrong_refresh_token_is_refused_with_a_problem(anonymous_api, mint_refresh, bend):
    token = bend(mint_refresh)

    assert_problem(refresh(anonymous_api, token), 401 if len(token) <= 5000 else 400)


@pytest.mark.parametrize("change", ["deleted", "deactivated", "password"])
def test_a_refresh_token_ends_with_its_user_and_with_the_password(
    anonymous_api, mint_refresh, customer, change
):
    if change == "deleted":
        customer.delete()
    elif change == "deactivated":
        customer.is_active = False
        customer.save()
    else:
        customer.set_password("another-long-word")
        customer.save()

    assert_problem(refresh(anonymous_api, mint_refresh()), 401)
