"""A cache that hangs, dies or loses data costs time and no response; on a real Redis."""

import pickle
import signal
import time
from collections import Counter

import pytest
from django.core.cache import cache
from django.db import connection

from core_api.catalog import caching, circuit_breaker, lease
from tests.support.hostile.cached import NO_COUNTS, NO_PAGES, UNREADABLE
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LIST = "/api/products/"
PAGE = "/api/products/TEA-1/"


@pytest.fixture
def tea(make_product, server):
    return make_product("TEA-1", stock=3, price="12.50")


def test_a_hung_cache_costs_readers_one_timeout_and_the_next_ones_nothing(
    anonymous_api, tea, server, settings, refusals
):
    anonymous_api.get(LIST)
    server.send_signal(signal.SIGSTOP)

    started = time.monotonic()
    answers = [anonymous_api.get(address) for address in (LIST, PAGE, LIST, PAGE)]
    seconds = time.monotonic() - started

    assert {answer.status_code for answer in answers} == {200}
    assert {answer["X-Cache"] for answer in answers} == {"miss"}
    assert len(refusals) == 1
    assert seconds < 5  # redis-py's own patience with one call
    assert (
        settings.REDIS["OPTIONS"]["SOCKET_TIMEOUT"] + 0.05 <= 0.25
    )  # and 50 ms for everything else


def test_a_hung_cache_makes_a_writer_wait_once_and_then_costs_one_timeout(
    customer_api, tea, server, calls, monkeypatch
):
    monkeypatch.setattr(lease, "LEASE", 1)
    server.send_signal(signal.SIGSTOP)

    attempts = []
    for key in "ab":
        lines = {"lines": [{"sku": "TEA-1", "quantity": 1}]}
        order = customer_api.post("/api/orders/", lines, headers={"Idempotency-Key": key})
        assert order.status_code == 201
        attempts.append(len(calls))
        calls.clear()

    assert attempts[0] > 1
    assert attempts[1] == 1


def test_a_writer_invalidates_a_cache_that_is_back_while_readers_still_avoid_it(
    anonymous_api, staff_api, tea, server, monkeypatch
):
    anonymous_api.get(PAGE)
    server.send_signal(signal.SIGSTOP)
    anonymous_api.get(PAGE)
    server.send_signal(signal.SIGCONT)

    staff_api.patch(PAGE, {"price": "9.99"})
    monkeypatch.setattr(circuit_breaker.CircuitBreaker, "open_until", 0)

    assert anonymous_api.get(PAGE).json()["price"] == "9.99"


def test_a_dead_cache_is_no_error_and_one_that_is_back_is_used_again(
    anonymous_api, tea, server, monkeypatch
):
    anonymous_api.get(LIST)
    server.end()

    assert anonymous_api.get(LIST).status_code == anonymous_api.get(PAGE).status_code == 200

    server.start()
    monkeypatch.setattr(circuit_breaker, "PAUSE", 0)
    monkeypatch.setattr(circuit_breaker.CircuitBreaker, "open_until", time.monotonic())
    assert [anonymous_api.get(LIST)["X-Cache"] for _ in range(2)] == ["miss", "redis"]


def test_after_a_flush_answers_are_made_anew(anonymous_api, tea, server):
    anonymous_api.get(LIST)
    server.client.flushall()

    answers = [anonymous_api.get(LIST) for _ in range(2)]

    assert [answer["X-Cache"] for answer in answers] == ["miss", "redis"]


def test_a_full_cache_evicts_and_never_shows_what_is_old(anonymous_api, staff_api, tea, server):
    server.client.config_set("maxmemory-policy", "allkeys-lru")
    server.client.config_set("maxmemory", server.client.info("memory")["used_memory"] + 500_000)

    for price in range(1, 30):
        for size in range(1, 15):
            anonymous_api.get(f"{LIST}?page_size={size}")
        cache.set(f"ballast-{price}", "x" * 40_000, 60)
        staff_api.patch(PAGE, {"price": f"{price}.00"})
        assert anonymous_api.get(PAGE).json()["price"] == f"{price}.00"
        assert anonymous_api.get(LIST).json()["results"][0]["price"] == f"{price}.00"

    assert server.client.info("stats")["evicted_keys"] > 0


def test_a_hot_answer_that_expired_is_rebuilt_once_for_all(anonymous_api, tea):
    def act(number):
        try:
            return anonymous_api.get(LIST)
        finally:
            connection.close()

    answers = at_once(20, act)

    assert len({answer.content for answer in answers}) == 1
    assert Counter(answer["X-Cache"] for answer in answers) == {"miss": 1, "redis": 19}


def test_a_reader_that_fails_to_rebuild_makes_no_other_wait(anonymous_api, tea, server):
    assert anonymous_api.get(f"{LIST}?category=%00").status_code == 400

    assert not [key for key in server.client.scan_iter() if b"rebuilding" in key]


def test_an_unknown_sku_is_queried_once_until_it_exists(
    anonymous_api, make_product, server, django_assert_num_queries
):
    first = anonymous_api.get("/api/products/NEW-1/")

    with django_assert_num_queries(0):
        second = anonymous_api.get("/api/products/NEW-1/")

    assert (first.status_code, second.status_code) == (404, 404)
    assert second["Content-Type"] == "application/problem+json"
    assert second.json()["request_id"] == second["X-Request-ID"] != first["X-Request-ID"]
    make_product("NEW-1")
    assert anonymous_api.get("/api/products/NEW-1/").status_code == 200


@pytest.mark.parametrize("start", ["page", "rows", "generation", "lease", ""])
def test_what_cannot_be_read_is_a_miss_and_is_overwritten(
    anonymous_api, staff_api, tea, server, start
):
    for name, rubbish in UNREADABLE.items():
        anonymous_api.get(LIST), anonymous_api.get(PAGE)
        server.overwrite(start, rubbish)

        for address in (LIST, PAGE):
            answers = [anonymous_api.get(address) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [200] * 2, name
            assert answers[1]["X-Cache"] == "redis", name
            assert len({answer.content for answer in answers}) == 1, name
    assert staff_api.patch(PAGE, {"price": "9.99"}).status_code == 200
    assert anonymous_api.get(PAGE).json()["price"] == "9.99"


@pytest.mark.parametrize("value", NO_PAGES, ids=str)
def test_a_current_entry_that_is_no_page_is_a_miss(anonymous_api, tea, server, value):
    anonymous_api.get(PAGE)
    [entry] = map(pickle.loads, server.values("page"))
    server.overwrite("page", pickle.dumps(entry._replace(value=value)))

    answers = [anonymous_api.get(PAGE) for _ in range(2)]

    assert [answer["X-Cache"] for answer in answers] == ["miss", "redis"]
    assert answers[1].json()["price"] == "12.50"


@pytest.mark.parametrize("value", NO_COUNTS, ids=str)
def test_a_current_entry_that_is_no_count_is_a_miss(anonymous_api, tea, server, value):
    expected = anonymous_api.get(LIST).json()
    [entry] = map(pickle.loads, server.values("rows"))
    wrong = pickle.dumps(entry._replace(value=value))
    server.overwrite("rows", wrong)
    server.overwrite("page", b"")

    assert anonymous_api.get(LIST).json() == expected
    assert [pickle.loads(count).value for count in server.values("rows")] == [1]


def test_a_generation_of_another_type_is_overwritten(anonymous_api, tea, server):
    anonymous_api.get(PAGE)
    [key] = server.client.keys("*generation:product*")
    server.client.delete(key)
    server.client.lpush(key, "x")

    sources = [anonymous_api.get(PAGE)["X-Cache"] for _ in range(3)]

    assert sources == ["miss", "miss", "redis"]


def test_values_of_another_format_are_not_read_but_invalidated(
    anonymous_api, staff_api, tea, server, monkeypatch
):
    anonymous_api.get(PAGE)
    with monkeypatch.context() as next_version:
        next_version.setattr(caching, "FORMAT", "next")
        assert [anonymous_api.get(PAGE)["X-Cache"] for _ in range(2)] == ["miss", "redis"]

        staff_api.patch(PAGE, {"price": "9.99"})

    assert anonymous_api.get(PAGE).json()["price"] == "9.99"
