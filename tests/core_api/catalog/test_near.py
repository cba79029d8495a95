"""Copies in every instance end with a change, and when Redis sends no more messages."""

import signal
from collections import Counter

import pytest
from django.core.cache import cache, caches
from django.db import connection

from core_api.catalog import caching, circuit_breaker, lease, near
from core_api.catalog.circuit_breaker import call_cache
from tests.support.edge import until
from tests.support.hostile.cached import GENERATION, UNREADABLE
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LIST = "/api/products/"
PAGE = "/api/products/TEA-1/"


@pytest.fixture
def server(server, settings, monkeypatch):
    monkeypatch.setattr(near, "RETRY_SECONDS", 0.1)
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"BACKEND": settings.NEAR["BACKEND"]}
    }
    settings.CACHE = "near"
    cache.get_many(["the first question starts the listener"])
    until(lambda: copies().connected, "a listener")
    return server


@pytest.fixture
def tea(make_product, server):
    return make_product("TEA-1", stock=3, price="12.50")


def copies():
    return near.copies_of(caches["default"]._server)


def questions(server):
    """How many reads Redis has answered."""
    return server.client.info("commandstats").get("cmdstat_mget", {"calls": 0})["calls"]


def read_until_kept(api, address):
    def answered_from_copies():
        api.get(address)
        return any(name.startswith("page:") for name in copies().kept)

    until(answered_from_copies, "a copy of the answer")


def test_what_was_read_is_not_read_from_redis_again(anonymous_api, tea, server):
    read_until_kept(anonymous_api, LIST)
    before = questions(server)

    answers = [anonymous_api.get(LIST) for _ in range(10)]

    assert {answer["X-Cache"] for answer in answers} == {"near"}
    assert questions(server) == before


def test_a_price_changed_at_another_instance_is_seen_here(anonymous_api, tea, server):
    read_until_kept(anonymous_api, PAGE)
    type(tea).objects.update(price="9.99")

    server.client.set(
        cache.client.make_key(caching.product_generation_key("TEA-1")),
        cache.client.encode("another word"),
    )

    until(lambda: anonymous_api.get(PAGE).json()["price"] == "9.99", "the new price")


@pytest.mark.parametrize("name", [b"x", b"a:b", b"\xff:1:\xfe", b"", b":1:", b"::", b":1:\xff"])
def test_keys_of_others_do_not_end_the_listener(anonymous_api, tea, server, name):
    server.client.set(name, "1")

    test_a_price_changed_at_another_instance_is_seen_here(anonymous_api, tea, server)


def test_a_copy_ends_when_redis_lets_the_original_expire(server):
    cache.set("milk", "fresh", 1)
    until(lambda: cache.get_many(["milk"]) and copies().kept, "a copy")

    until(lambda: not cache.get_many(["milk"]), "the end of the copy")


def test_what_was_read_before_a_change_is_not_kept_after_it(server):
    changes = copies().changes
    copies().forget(["price"])

    copies().keep({"price": "the old one"}, changes)

    assert copies().get_many(["price"]) is None


def test_nothing_is_kept_while_redis_sends_no_changes(server):
    copies().forget_all(connected=False)

    copies().keep({"price": "the old one"}, copies().changes)

    assert copies().get_many(["price"]) is None


def test_there_are_never_more_copies_than_agreed(server, monkeypatch):
    monkeypatch.setattr(near, "MOST", 3)

    for number in range(5):
        copies().keep({f"answer {number}": number}, copies().changes)

    assert list(copies().kept) == ["answer 2", "answer 3", "answer 4"]


def test_a_hung_redis_ends_the_copies(anonymous_api, tea, server, refusals):
    read_until_kept(anonymous_api, PAGE)
    server.send_signal(signal.SIGSTOP)
    type(tea).objects.update(price="9.99")

    until(lambda: anonymous_api.get(PAGE).json()["price"] == "9.99", "an answer without the cache")

    server.send_signal(signal.SIGCONT)
    until(lambda: copies().connected, "a listener")


def test_a_listener_whose_connection_was_cut_listens_again(anonymous_api, tea, server):
    read_until_kept(anonymous_api, PAGE)
    heard = copies().changes

    server.client.client_kill_filter(_type="pubsub")

    until(lambda: copies().changes > heard and copies().connected, "a listener")
    read_until_kept(anonymous_api, PAGE)
    test_a_price_changed_at_another_instance_is_seen_here(anonymous_api, tea, server)


def test_after_a_restart_of_redis_there_are_copies_again(anonymous_api, tea, server, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "PAUSE", 0)
    read_until_kept(anonymous_api, PAGE)
    server.end()
    until(lambda: not copies().connected, "the end of the copies")

    server.start()
    until(lambda: copies().connected, "a listener")

    read_until_kept(anonymous_api, PAGE)


def test_many_readers_at_once_while_answers_change_are_all_answered(
    anonymous_api,
    tea,
    server,
    refusals,
):
    def act(number):
        try:
            if number % 5 == 0:
                call_cache(cache.set, caching.LISTS_KEY, f"word {number}", None)
            return anonymous_api.get(LIST)
        finally:
            connection.close()

    answers = [answer for _ in range(5) for answer in at_once(20, act)]

    assert Counter(answer.status_code for answer in answers) == {200: 100}
    assert refusals == []


@pytest.mark.parametrize("start", ["page", "generation:lists"])
def test_what_cannot_be_read_is_no_copy_and_is_overwritten(anonymous_api, tea, server, start):
    for rubbish in set(UNREADABLE.values()) - {GENERATION}:
        read_until_kept(anonymous_api, LIST)
        server.overwrite(start, rubbish)

        def answered_from_a_good_copy(rubbish=rubbish):
            answer = anonymous_api.get(LIST)
            assert answer.status_code == 200
            return rubbish not in server.values(start) and answer["X-Cache"] == "near"

        until(answered_from_a_good_copy, "a readable copy")


def test_copies_are_not_believed_when_redis_refuses_writes(
    anonymous_api, staff_api, tea, server, monkeypatch
):
    monkeypatch.setattr(lease, "LEASE", 1)
    monkeypatch.setattr(circuit_breaker, "PAUSE", 0)
    read_until_kept(anonymous_api, PAGE)
    server.client.replicaof("127.0.0.1", 1)

    staff_api.patch(PAGE, {"price": "9.99"})

    assert anonymous_api.get(PAGE).json()["price"] == "9.99"
