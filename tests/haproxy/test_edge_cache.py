"""EDGE_CACHE=on: HAProxy caches the catalogue for one second, for anonymous readers only."""

import itertools
import time

import pytest

from tests.support.edge import Edge, until

NUMBERS = itertools.count()  # so that each attempt has a new address


@pytest.fixture(scope="module")
def caching(tmp_path_factory):
    edge = Edge(tmp_path_factory.mktemp("caching"), core=2, analytics=1, EDGE_CACHE="on")
    try:
        edge.start()
        yield edge
    finally:
        edge.stop()


def twice(edge, path, method="GET", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return [edge.ask(method, path, headers=headers) for _ in range(2)]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/plain, */*"])
@pytest.mark.parametrize(
    "path", ["/api/products/", "/api/products/SKU-1/", "/api/categories/", "/api/products/?page=2"]
)
def test_the_second_reader_is_answered_by_haproxy(caching, path, accept):
    def asked_twice():
        """(first response, second, path); None if a new second began between them.

        HAProxy counts the age of a copy in whole seconds.
        """
        fresh = f"{path}{'&' if '?' in path else '?'}n={next(NUMBERS)}"
        first, second = twice(caching, fresh, Accept=accept)
        return (first, second, fresh) if second.headers["X-Cache"] == "edge" else None

    first, second, path = until(asked_twice, "a second reader answered by HAProxy")
    assert first.headers["X-Cache"] == "miss"
    assert second.headers.get_all("X-Cache") == ["edge"]
    assert second.headers["X-Served-By"] == "haproxy"
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert second.headers["Server-Timing"] is None
    assert second.headers["Cache-Control"] == "no-cache"
    assert second.json() == first.json()
    assert len(caching.attempts(path)) == 1


def test_the_first_reader_gets_the_instances_answer_and_no_other_cache_may_keep_it(caching):
    first = caching.get("/api/products/?first", Accept="application/json")
    assert first.headers["Vary"] == "Accept, Authorization, Cookie"
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["X-Served-By"].startswith("core-")


@pytest.mark.parametrize(
    "case, headers",
    [
        ("token", {"Authorization": "Bearer x", "Accept": "application/json"}),
        ("cookie", {"Cookie": "sessionid=x", "Accept": "application/json"}),
        ("browser", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}),
        ("html-second", {"Accept": "application/json, text/html"}),
        ("empty", {}),
    ],
)
def test_a_request_that_may_get_another_response_goes_to_an_instance(caching, case, headers):
    path = f"/api/products/?{case}"
    anonymous = caching.get(path, Accept="application/json")
    first, second = twice(caching, path, **headers)
    assert first.headers["X-Cache"] == second.headers["X-Cache"] == "miss"
    assert len({anonymous.body, first.body, second.body}) == 3


@pytest.mark.parametrize(
    "path", ["/api/orders/", "/api/whoami/", "/api/products-private/", "/analytics/products/", "/"]
)
def test_other_addresses_are_never_kept(caching, path):
    assert [answer.headers["X-Cache"] for answer in twice(caching, path, Accept="*/*")] == [
        "miss",
        "miss",
    ]


def test_only_json_is_kept(caching):
    answers = twice(caching, "/api/products/?type=text/html", Accept="*/*")
    assert [answer.headers["X-Cache"] for answer in answers] == ["miss", "miss"]


def test_a_write_is_never_answered_from_the_cache(caching):
    caching.get("/api/products/?write", Accept="*/*")
    answer = caching.ask("POST", "/api/products/?write", b"{}", {"Accept": "*/*"})
    assert answer.headers["X-Cache"] == "miss"


def test_no_answer_is_older_than_a_second(caching):
    ages, deadline = [], time.monotonic() + 3
    while time.monotonic() < deadline:
        sent = time.monotonic()
        ages.append(sent - caching.get("/api/products/?age", Accept="*/*").json()["moment"])
    assert max(ages) < 1.05
    assert len(caching.attempts("?age")) <= 5


def test_without_the_lever_nothing_is_kept(edge):
    answers = twice(edge, "/api/products/?off", Accept="*/*")
    assert [answer.headers["X-Cache"] for answer in answers] == ["miss", "miss"]
