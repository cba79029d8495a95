"""PROPERTY 2: no client notices a dead instance, and no request is repeated that must not be."""

import signal
import time

import pytest

from lab.stack.haproxy import second_attempts
from lab.workload.load import get, mixture
from tests.support.closed_loop import Load
from tests.support.edge import Edge, until

KEY = {"Idempotency-Key": "one-order"}


def misbehave_once(edge, how):
    """Makes an instance break off its next request ("break") or never answer it ("silence")."""
    misbehave(edge, how, 1)


def misbehave(edge, how, times):
    for number in range(times):
        (edge.folder / f"{how}{number}").touch()


@pytest.fixture(scope="module")
def breakable(tmp_path_factory):
    edge = Edge(tmp_path_factory.mktemp("breakable"), core=3, analytics=0)
    try:
        edge.start()
        yield edge
    finally:
        edge.stop()


@pytest.mark.parametrize(
    "method, path, headers",
    [
        ("GET", "/api/products/?read", {}),
        ("HEAD", "/api/products/?head", {}),
        ("POST", "/api/orders/", KEY),
    ],
)
def test_what_may_be_repeated_is_answered_by_another_instance(breakable, method, path, headers):
    before = len(breakable.attempts(path))
    misbehave_once(breakable, "break")
    answer = breakable.ask(method, path, b"{}" if method == "POST" else None, headers)
    assert answer.status == 200
    first, second = breakable.attempts(path)[before:]
    assert first[0] != second[0] == answer.headers["X-Served-By"]


@pytest.mark.parametrize(
    "method, path, headers",
    [
        ("POST", "/api/orders/?no-key", {}),
        ("POST", "/api/products/", KEY),
        ("POST", "/api/orders/1/", KEY),
        ("POST", "/api/%6frders/", KEY),
        ("POST", "/api/token/", KEY),
        ("PATCH", "/api/orders/?patch", KEY),
        ("DELETE", "/api/products/1/", KEY),
        ("POST", "/api/imports/", KEY),
        ("POST", "/api/reports/", KEY),
        ("GET", "/api/jobs/1/result/", {}),
        ("GET", "/api/lab/wait/", {}),
    ],
)
def test_what_may_not_be_repeated_reaches_one_instance_only(breakable, method, path, headers):
    before = len(breakable.attempts(path))
    misbehave_once(breakable, "break")
    answer = breakable.ask(method, path, None if method == "GET" else b"{}", headers)
    assert answer.status == 502
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(breakable.attempts(path)) == before + 1


def test_four_attempts_may_fail_since_several_instances_may_die_at_once(breakable):
    misbehave(breakable, "break", 4)
    answer = breakable.ask("POST", "/api/orders/?four", b"{}", KEY)
    assert answer.status == 200
    assert len(breakable.attempts("?four")) == 5


def test_each_second_attempt_is_counted_once_from_the_log(breakable):
    misbehave(breakable, "break", 2)
    answer = breakable.ask("GET", "/api/products/?counted")
    id, log = answer.headers["X-Request-ID"], breakable.folder / "haproxy.log"

    until(lambda: id in log.read_text(), "the line in the log")
    assert dict(second_attempts(log))[id] == 2


@pytest.mark.parametrize("size", [10, 12_000])
def test_an_order_of_any_usual_size_is_repeated_whole(breakable, size):
    misbehave_once(breakable, "break")
    answer = breakable.ask("POST", "/api/orders/", b"x" * size, KEY)
    assert answer.json()["body_bytes"] == size


def test_a_body_that_arrives_in_pieces_is_repeated_too(breakable):
    misbehave_once(breakable, "break")
    connection = breakable.connect()
    connection.putrequest("POST", "/api/orders/")
    for name, value in {**KEY, "Content-Length": "4000"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    for _ in range(4):
        time.sleep(0.1)
        connection.send(b"x" * 1000)
    response = connection.getresponse()
    assert response.status == 200
    connection.close()


def test_an_instance_that_does_not_answer_costs_time_and_no_response(breakable):
    misbehave_once(breakable, "silence")
    answer = breakable.get("/api/products/?silence")
    assert answer.status == 200
    assert 0.9 < answer.seconds < 2.5


def edge_load(edge, clients=8):
    """Clients that read, and place orders with a key, as fast as they are answered."""
    order = {"method": "POST", "path": "/api/orders/", "headers": KEY, "body": {}}
    choose = mixture((2, get("/api/products/?ms=10")), (1, lambda chance: order))
    return Load(edge.front, choose, clients=clients)


@pytest.mark.parametrize("instances, clients", [(2, 12), (3, 8)])
def test_killed_instances_are_not_noticed_under_load(start_edge, instances, clients):
    edge = start_edge(core=instances, analytics=0)
    with edge_load(edge, clients) as load:
        for number in range(1, instances + 1):
            load.wait_for_answers(300)
            edge.kill(f"core-{number}")
            load.wait_for_answers(300)
            edge.start_instance(f"core-{number}")
            until(lambda: edge.settled(edge.names), "the instance back")
    assert load.failures == []


def test_a_frozen_instance_is_not_noticed_under_load(start_edge):
    edge = start_edge(core=3, analytics=0)
    with edge_load(edge) as load:
        load.wait_for_answers(200)
        edge.kill("core-1", signal.SIGSTOP)
        until(lambda: edge.settled(["core-2", "core-3"]), "core-1 found frozen", 5)
        load.wait_for_answers(200)
        edge.kill("core-1", signal.SIGCONT)
        until(lambda: edge.settled(edge.names), "core-1 back")
    assert load.failures == []
    assert load.slowest < 6


def test_when_all_are_frozen_every_client_gets_an_error_in_time(start_edge):
    edge = start_edge(core=2, analytics=0)
    with edge_load(edge, clients=12) as load:
        load.wait_for_answers(200)
        for name in edge.names:
            edge.kill(name, signal.SIGSTOP)
        until(lambda: edge.settled([]), "both found frozen")
        load.wait_for_answers(100)
    assert load.failures
    assert {failure.status for failure in load.failures} <= {503, 504}
    assert load.slowest < 6


def test_a_drained_instance_gets_no_more_requests_and_none_fails(start_edge):
    edge = start_edge(core=2, analytics=0)
    with edge_load(edge) as load:
        load.wait_for_answers(100)
        edge.command("set server core/core-1 state drain")
        until(lambda: "core-1 0" in sessions(edge), "core-1 empty")
        edge.kill("core-1")
        load.wait_for_answers(100)
        late = edge.get("/api/imports/")
    assert load.failures == []
    assert late.headers["X-Served-By"] == "core-2"
    assert edge.states()["core_long", "core-1"].startswith(("DRAIN", "MAINT", "DOWN"))


def sessions(edge):
    """["core-1 3", ...]: the current requests of each instance, over all backends."""
    header, *rows = [
        row.split(",") for row in edge.command("show stat -1 4 -1").splitlines() if row
    ]
    current, totals = header.index("scur"), {}
    for row in rows:
        totals[row[1]] = totals.get(row[1], 0) + int(row[current])
    return [f"{name} {count}" for name, count in totals.items()]
