"""Malformed and forged tokens at analytics: the table of core_api's tests, without a query."""

import pytest
from django.conf import settings

from tests.support.hostile import tokens

pytestmark = pytest.mark.slow

ADDRESSES = [
    "/analytics/whoami/",
    "/analytics/sales/summary/",
    "/analytics/",
]  # the last one is public


def assert_problem(answer, status):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "request_id"} <= answer.json().keys()


@pytest.fixture
def mint():
    return tokens.minter(settings.SIMPLE_JWT["SIGNING_KEY"])


def get(api, token, address="/analytics/whoami/"):
    return api.get(address, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("bend", tokens.REFUSED.values(), ids=tokens.REFUSED)
def test_a_wrong_token_is_a_401_problem(anonymous_api, mint, bend, address):
    assert_problem(get(anonymous_api, bend(mint), address), 401)


@pytest.mark.parametrize("bend", tokens.ACCEPTED.values(), ids=tokens.ACCEPTED)
def test_an_odd_token_that_core_signed_is_accepted(anonymous_api, mint, bend):
    assert get(anonymous_api, bend(mint)).status_code == 200


@pytest.mark.parametrize("claims", tokens.NO_STAFF.values(), ids=tokens.NO_STAFF)
def test_no_claim_but_the_role_gives_rights(anonymous_api, mint, claims):
    assert_problem(get(anonymous_api, mint(**claims), "/analytics/sales/summary/"), 403)


@pytest.mark.parametrize(("header", "status"), tokens.HEADERS.items())
def test_a_header_must_be_the_word_bearer_and_a_token(anonymous_api, mint, header, status):
    answer = anonymous_api.get(
        "/analytics/whoami/", headers={"Authorization": header.format(mint(), mint())}
    )

    assert answer.status_code == status


@pytest.mark.parametrize("audience", [["core"], "core", []])
def test_a_token_for_the_other_service_is_refused(anonymous_api, mint, audience):
    assert_problem(get(anonymous_api, mint(aud=audience)), 401)


def test_a_refresh_token_is_no_access_token(anonymous_api, mint):
    assert_problem(get(anonymous_api, mint(token_type="refresh")), 401)
