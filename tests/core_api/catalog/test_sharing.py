"""Browsers and proxies may keep the catalogue, but must revalidate it with each request."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest
from django.http import JsonResponse

from core_api.catalog.cached_views import CachedViews

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/api/products/"
PAGE = "/api/products/TEA-1/"
SHARED = [LIST, PAGE, "/api/categories/", "/api/products/best-sellers/"]


@pytest.fixture(params=["redis", "off"])
def tier(request, settings):
    settings.CACHE = request.param


@pytest.fixture(autouse=True)
def tea(make_product):
    return make_product("TEA-1", stock=3, price="12.50")


@pytest.mark.parametrize("address", [LIST, PAGE, "/api/categories/"])
def test_a_client_with_the_current_response_gets_304_without_a_body(anonymous_api, tier, address):
    first = anonymous_api.get(address)

    again = anonymous_api.get(address, headers={"If-None-Match": first["ETag"]})
    head = anonymous_api.head(address, headers={"If-None-Match": first["ETag"]})

    assert again.status_code == head.status_code == 304
    assert again.content == head.content == b""
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == "no-cache"


def test_after_a_change_the_old_etag_is_worth_nothing(anonymous_api, staff_api, tier):
    tags = {address: anonymous_api.get(address)["ETag"] for address in (LIST, PAGE)}

    staff_api.patch(PAGE, {"price": "9.99"})

    for address, tag in tags.items():
        answer = anonymous_api.get(address, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert answer["ETag"] != tag


@pytest.mark.parametrize("value", ["*", 'W/"x"', '"x", "y"', "x", '"', "\x7f"])
def test_any_other_condition_is_answered_whole_or_not_at_all(anonymous_api, tier, value):
    assert anonymous_api.get(LIST, headers={"If-None-Match": value}).status_code == (
        304 if value == "*" else 200
    )


@pytest.mark.parametrize("address", SHARED)
def test_shared_answers_say_who_may_keep_them_and_what_they_depend_on(anonymous_api, tier, address):
    for _ in range(2):
        answer = anonymous_api.get(address)
        assert answer["Cache-Control"] == "no-cache"
        assert {"Accept", "Authorization", "Cookie"} == set(answer["Vary"].split(", "))


@pytest.mark.parametrize("address", SHARED)
def test_head_says_what_get_would(anonymous_api, tier, address):
    anonymous_api.get(address)
    get, head = anonymous_api.get(address), anonymous_api.head(address)

    assert head.status_code == 200
    assert head.content == b""
    for name in ("Content-Length", "Content-Type", "Cache-Control", "Vary", "X-Cache"):
        assert head[name] == get[name]


def test_one_users_token_serves_the_answer_that_anothers_made(customer_api, staff_api):
    assert customer_api.get(LIST)["X-Cache"] == "miss"
    assert staff_api.get(LIST)["X-Cache"] != "miss"


def test_a_bad_token_is_401_and_is_not_cached(anonymous_api):
    anonymous_api.get(LIST)

    answer = anonymous_api.get(LIST, headers={"Authorization": "Bearer nonsense"})

    assert answer.status_code == 401
    assert answer["Cache-Control"] == "no-store"
    assert anonymous_api.get(LIST).status_code == 200


def test_a_browsers_page_is_neither_kept_nor_served_from_the_cache(anonymous_api, client, staff):
    client.force_login(staff)

    pages = [client.get(LIST, headers={"Accept": "text/html"}) for _ in range(2)]
    stranger = anonymous_api.get(LIST, headers={"Accept": "text/html"})

    assert {page["X-Cache"] for page in [*pages, stranger]} == {"off"}
    assert {page["Cache-Control"] for page in [*pages, stranger]} == {"no-store"}
    assert "steven" in pages[0].content.decode()
    assert "steven" not in stranger.content.decode()


@pytest.mark.parametrize(
    "address", [LIST + "?format=api", PAGE + "?format=api", "/api/products/NONE/?format=api"]
)
def test_a_page_requested_by_its_address_is_not_cached_either(anonymous_api, address):
    answers = [anonymous_api.get(address) for _ in range(2)]

    assert {answer["X-Cache"] for answer in answers} == {"miss"}
    assert {answer["Content-Type"].partition(";")[0] for answer in answers} == {"text/html"}


@pytest.mark.parametrize(
    "address", ["/api/orders/", "/api/whoami/", "/api/jobs/", "/api/", "/admin/"]
)
def test_private_responses_are_not_cached(staff_api, address):
    answer = staff_api.get(address)

    assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
    assert "X-Cache" not in answer


def test_two_reads_at_one_instance_run_together(rf, settings):
    settings.CACHE, settings.INSTANCE = "off", "core-3"
    both_are_here = Barrier(2)

    def view(request):
        try:
            both_are_here.wait(timeout=5)
        except BrokenBarrierError:
            return JsonResponse({}, status=503)
        return JsonResponse({})

    def read(number):
        return CachedViews(view)(rf.get(f"{LIST}?page={number}")).status_code

    with ThreadPoolExecutor() as readers:
        assert list(readers.map(read, (1, 2))) == [200, 200]
