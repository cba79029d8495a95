"""Readers and writers are interleaved at the points where a cache could become stale."""

from decimal import Decimal

import pytest
from django.core.cache import cache, caches

from core_api.catalog import caching, services
from core_api.catalog.models import Product
from core_api.orders.services import place_order

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/api/products/"
PAGE = "/api/products/TEA-1/"


@pytest.fixture
def tea(make_product):
    return make_product("TEA-1", stock=3, price="12.50")


def test_the_second_read_needs_no_query(anonymous_api, tea, django_assert_num_queries, settings):
    first = anonymous_api.get(LIST)

    with django_assert_num_queries(0):
        second = anonymous_api.get(LIST)

    assert (first["X-Cache"], second["X-Cache"]) == ("miss", settings.CACHE)
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"] == "application/json"
    assert 'desc="hit"' in second["Server-Timing"]


def test_a_committed_price_is_seen_by_the_next_read(anonymous_api, staff_api, tea):
    anonymous_api.get(LIST), anonymous_api.get(PAGE)

    assert staff_api.patch(PAGE, {"price": "9.99"}).status_code == 200

    assert anonymous_api.get(PAGE).json()["price"] == "9.99"
    assert anonymous_api.get(LIST).json()["results"][0]["price"] == "9.99"


def test_a_reader_caught_between_query_and_store_leaves_nothing_stale(
    anonymous_api, tea, monkeypatch
):
    backend = type(caches["default"])
    real_set = backend.set

    def set_late(self, key, value, timeout):
        monkeypatch.undo()
        services.change_product(product=tea, price=Decimal("9.99"))
        real_set(self, key, value, timeout)

    monkeypatch.setattr(backend, "set", set_late)
    assert anonymous_api.get(PAGE).json()["price"] == "12.50"

    assert anonymous_api.get(PAGE).json()["price"] == "9.99"


def test_an_order_renews_the_page_of_its_product_alone(
    anonymous_api, customer_api, tea, make_product
):
    make_product("CUP-1")
    for address in (LIST, PAGE, "/api/products/CUP-1/"):
        anonymous_api.get(address)

    lines = {"lines": [{"sku": "TEA-1", "quantity": 1}]}
    customer_api.post("/api/orders/", lines, headers={"Idempotency-Key": "k"})

    assert anonymous_api.get(PAGE).json()["stock"] == 2
    assert anonymous_api.get("/api/products/CUP-1/")["X-Cache"] != "miss"
    assert anonymous_api.get(LIST)["X-Cache"] != "miss"


def test_the_order_that_sells_a_product_out_renews_the_lists(anonymous_api, customer, tea):
    anonymous_api.get(LIST)

    place_order(user_id=customer.id, key="k", lines=[{"sku": "TEA-1", "quantity": 3}])

    assert anonymous_api.get(LIST).json()["results"][0]["in_stock"] is False


def test_a_replayed_order_forgets_what_its_first_attempt_could_not(
    anonymous_api, customer, tea, monkeypatch
):
    lines = [{"sku": "TEA-1", "quantity": 3}]
    anonymous_api.get(LIST), anonymous_api.get(PAGE)
    with monkeypatch.context() as instance_dies_after_commit:
        instance_dies_after_commit.setattr(caching.transaction, "on_commit", lambda *_, **__: None)
        place_order(user_id=customer.id, key="k", lines=lines)
    assert anonymous_api.get(PAGE).json()["stock"] == 3

    place_order(user_id=customer.id, key="k", lines=lines)

    assert anonymous_api.get(PAGE).json()["stock"] == 0
    assert anonymous_api.get(LIST).json()["results"][0]["in_stock"] is False


def test_a_write_rolled_back_forgets_nothing(anonymous_api, customer_api, tea):
    anonymous_api.get(PAGE)

    lines = {"lines": [{"sku": "TEA-1", "quantity": 4}]}
    assert (
        customer_api.post("/api/orders/", lines, headers={"Idempotency-Key": "k"}).status_code
        == 409
    )

    assert anonymous_api.get(PAGE)["X-Cache"] != "miss"


def test_an_evicted_generation_never_brings_old_answers_back(anonymous_api, tea):
    anonymous_api.get(PAGE)
    cache.delete(caching.product_generation_key("TEA-1"))
    Product.objects.update(price="9.99")

    assert anonymous_api.get(PAGE).json()["price"] == "9.99"


def test_answers_are_kept_apart_by_address_host_and_form(anonymous_api, tea):
    anonymous_api.get(LIST)

    assert anonymous_api.get(LIST + "?page_size=1")["X-Cache"] == "miss"
    assert anonymous_api.get(LIST, headers={"Host": "localhost"})["X-Cache"] == "miss"
    assert (
        anonymous_api.get(LIST, headers={"Accept": "application/json; indent=4"})["X-Cache"]
        == "miss"
    )


def test_a_bad_token_is_401_whatever_is_cached(anonymous_api, tea):
    anonymous_api.get(LIST)

    assert anonymous_api.get(LIST, headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_head_is_answered_like_get_without_a_body(anonymous_api, tea):
    anonymous_api.get(LIST)

    head = anonymous_api.head(LIST)

    assert head.status_code == 200
    assert head["X-Cache"] != "miss"
