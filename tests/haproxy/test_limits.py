"""What HAProxy refuses itself, with a problem document."""

import json
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.edge import Answer, assert_is_a_problem, until

MEGABYTE = 1024 * 1024


def declare(edge, path, length):
    """The answer to a request that declares `length` bytes and sends none of them."""
    connection = edge.connect()
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    started = time.monotonic()
    return Answer(connection.getresponse(), started)


@pytest.mark.parametrize(
    "path, length",
    [
        ("/api/orders/", MEGABYTE + 1),
        ("/analytics/", MEGABYTE + 1),
        ("/api/imports/", 11 * MEGABYTE),
        ("/api/orders/", 100 * MEGABYTE),
        ("/api/orders/", 2**31 + 5),  # more than a C int can hold, which HAProxy uses
        ("/api/imports/", 2**32 + 5),
        ("/api/imports/", 2**63 - 1),
    ],
)
def test_a_body_over_the_limit_is_refused_before_it_arrives(edge, path, length):
    answer = declare(edge, path + "?too-large", length)
    assert_is_a_problem(answer, 413)
    assert answer.seconds < 1
    assert edge.attempts("?too-large") == []


def test_bodies_within_the_limits_arrive_whole(edge):
    assert edge.ask("POST", "/api/orders/", b"x" * MEGABYTE).json()["body_bytes"] == MEGABYTE
    assert (
        edge.ask("POST", "/api/imports/", b"x" * 10 * MEGABYTE).json()["body_bytes"]
        == 10 * MEGABYTE
    )


def test_a_body_without_a_length_is_refused(edge):
    first = b"POST /api/orders/?no-length HTTP/1.1\r\n"
    head = first + b"Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer, _, body = edge.talk(head).partition(b"\r\n\r\n")
    assert b" 411 " in answer.splitlines()[0]
    assert b"application/problem+json" in answer
    assert json.loads(body)["status"] == 411
    assert edge.attempts("?no-length") == []


def test_a_slow_body_is_given_up_and_costs_no_instance_anything(edge):
    started = time.monotonic()
    head = b"POST /api/orders/?slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
    answer, _, body = edge.talk(head).partition(b"\r\n\r\n")
    assert b" 408 " in answer.splitlines()[0]
    assert b"application/problem+json" in answer
    assert json.loads(body)["status"] == 408
    assert 4 < time.monotonic() - started < 7
    assert edge.attempts("?slow") == []


def test_without_a_live_instance_clients_get_503_and_retry_after_at_once(start_edge):
    edge = start_edge(core=1, analytics=0)
    edge.kill("core-1")
    until(lambda: edge.settled([]), "core-1 found dead")
    answer = edge.get("/api/products/")
    assert_is_a_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.seconds < 1
    assert_is_a_problem(edge.get("/analytics/"), 503)


def test_an_error_to_head_has_no_body(start_edge):
    edge = start_edge(core=0, analytics=0)
    answer = edge.ask("HEAD", "/api/products/")
    assert (answer.status, answer.body) == (503, b"")


def test_a_slow_answer_is_a_504_in_time_but_an_upload_may_take_longer(start_edge):
    edge = start_edge(core=2, analytics=0)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(edge.ask, "GET", "/api/products/?ms=9000")
        write = pool.submit(edge.ask, "PATCH", "/api/products/1/?ms=9000", b"{}")
        upload = pool.submit(edge.ask, "POST", "/api/imports/?ms=7000", b"{}")
        for answer in (read.result(), write.result()):
            assert_is_a_problem(answer, 504)
            assert answer.seconds < 6
        assert upload.result().status == 200
    assert len(edge.attempts("/api/products/1/")) == 1


# {(method, path): what the 504 says}
ADVICE = {
    ("POST", "/api/orders/"): "only with the same Idempotency-Key",
    ("POST", "/api/products/"): "Read what is stored",
    ("PATCH", "/api/orders/1/"): "Read what is stored",
    ("POST", "/admin/orders/order/"): "Read what is stored",
    ("GET", "/api/orders/"): "Send the request again",
    ("GET", "/admin/"): "Send the request again",
    ("OPTIONS", "/analytics/"): "Send the request again",
}


def test_only_an_order_is_told_about_its_key(start_edge):
    edge = start_edge(core=1, analytics=1)

    def answer(address):
        method, path = address
        body = None if method == "GET" else b"{}"
        return edge.ask(method, f"{path}?ms=9000", body, headers={"Idempotency-Key": "a"})

    with ThreadPoolExecutor() as pool:
        answers = dict(zip(ADVICE, pool.map(answer, ADVICE), strict=True))
    for (method, path), advice in ADVICE.items():
        assert_is_a_problem(answers[method, path], 504)
        detail = answers[method, path].json()["detail"]
        assert advice in detail
        assert ("order" in detail.lower()) == (advice == ADVICE["POST", "/api/orders/"])


def test_no_free_place_is_a_503_in_time_and_the_health_check_still_gets_through(start_edge):
    edge = start_edge(core=1, analytics=0, INSTANCE_REQUESTS="2")
    raw = [socket.create_connection(("127.0.0.1", edge.front)) for _ in range(3)]
    for each in raw:
        each.sendall(
            b"POST /api/lab/wait/?ms=4500 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
        )
    until(lambda: len(edge.attempts("wait")) == 2, "both places taken")
    answer = edge.get("/api/products/")
    assert_is_a_problem(answer, 503)
    assert answer.seconds < 3
    assert edge.settled(["core-1"])
    for each in raw:
        each.close()


def test_garbage_is_a_400(edge):
    assert edge.talk(b"NOT HTTP AT ALL\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_idle_clients_keep_nobody_waiting(edge):
    idle = [socket.create_connection(("127.0.0.1", edge.front)) for _ in range(60)]
    assert edge.get("/api/products/").status == 200
    sent_away, _, _ = select.select(idle, [], [], 0)  # those that HAProxy gave up meanwhile
    assert sent_away == []
    for each in idle:
        each.close()
