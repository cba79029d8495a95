"""Headers that HAProxy adds to a request, and headers of clients that it removes."""

import re
import time

import pytest

from lab.stack.tracing import haproxy_log
from tests.support.edge import until

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_every_request_gets_an_id_that_the_client_sees_too(edge):
    answers = [edge.get("/api/products/") for _ in range(3)]
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert all(UUID.fullmatch(each) for each in ids)
    assert len(set(ids)) == 3
    assert [answer.json()["headers"]["x-request-id"] for answer in answers] == ids
    assert all(
        answer.headers.get_all("X-Request-ID") == [each]
        for answer, each in zip(answers, ids, strict=True)
    )


@pytest.mark.parametrize("name", ["X-Request-ID", "x-request-id", "X_Request_ID"])
def test_a_clients_own_request_id_is_thrown_away(edge, name):
    answer = edge.ask("GET", "/api/products/", headers={name: "chosen-by-the-client"})
    assert "chosen-by-the-client" not in answer.body.decode()
    assert UUID.fullmatch(answer.headers["X-Request-ID"])


@pytest.mark.parametrize(
    "name",
    [
        "Forwarded",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Forwarded-Ssl",
        "X-Real-IP",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X_Forwarded_Proto",
        "x-forwarded_for",
    ],
)
def test_a_clients_claim_about_its_address_or_protocol_is_thrown_away(edge, name):
    answer = edge.ask("GET", "/api/products/", headers={name: "198.51.100.7"})
    assert "198.51.100.7" not in answer.body.decode()


def test_haproxy_says_the_clients_address_and_protocol(edge):
    headers = edge.get("/api/products/").json()["headers"]
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"


def test_what_an_instance_says_of_itself_reaches_the_client(edge):
    answer = edge.get("/api/products/")
    assert answer.headers["X-Cache"] == "miss"
    assert answer.headers["Server-Timing"] == "app;dur=1"
    assert answer.headers["Vary"] == "Accept"


def logged(edge, request_id):
    """The line in HAProxy's log about this request, which is written after its answer was sent."""
    log = edge.folder / "haproxy.log"
    lines = until(
        lambda: [line for line in log.read_text().splitlines() if request_id in line], "a log line"
    )
    return lines[0]


def test_the_log_has_a_requests_id_instance_and_times(edge):
    request_id = edge.get("/api/products/").headers["X-Request-ID"]
    line = logged(edge, request_id)
    assert re.search(r"GET /api/products/ 200 .* from=core/core-\d .* retries=0 end=-- ", line)


def test_the_log_has_the_time_of_a_request_and_what_its_instance_says_of_it(edge):
    before = time.time()
    exchange = haproxy_log.parsed(logged(edge, edge.get("/api/?ms=40").headers["X-Request-ID"]))
    assert before - 0.1 <= exchange.began <= exchange.reached <= exchange.ended - 0.04
    assert exchange.ended <= time.time() + 0.1
    line = logged(edge, exchange.id)
    assert line.endswith(" made=- timing=app;dur=1")


def test_the_log_holds_no_query_and_no_token(edge):
    headers = {"Authorization": "Bearer a-secret-token"}
    answer = edge.ask("GET", "/api/products/?search=a-private-word", headers=headers)
    logged(edge, answer.headers["X-Request-ID"])
    log = (edge.folder / "haproxy.log").read_text()
    assert "a-private-word" not in log
    assert "a-secret-token" not in log
