"""More requests than slots: some wait in the queue, the others are refused, none is repeated."""

import csv
import select
import socket

import pytest

from tests.support.edge import assert_is_a_problem, statistics_page, until


class Clients:
    """Clients of an edge with one slot; each sends one request and does not read the answer."""

    def __init__(self, edge):
        self.edge, self.sockets = edge, []

    def send(self, path):
        client = socket.create_connection(("127.0.0.1", self.edge.front), timeout=10)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self.sockets.append(client)

    def take_the_slot(self, milliseconds):
        self.send(f"/api/lab/wait/?ms={milliseconds}")
        until(lambda: self.edge.attempts("/lab/"), "the slot taken")

    def join_the_queue(self, count):
        for _ in range(count):
            self.send("/api/products/?queued")
        until(lambda: waiting(self.edge) == count, f"{count} requests waiting")

    def answered(self):
        """How many of the clients have an answer."""
        return len(select.select(self.sockets, [], [], 0)[0])

    def leave(self):
        while self.sockets:
            self.sockets.pop().close()


def statistics(edge, proxy, server):
    """One row of HAProxy's statistics: {column: text}."""
    rows = csv.DictReader(edge.command("show stat").lstrip("# ").splitlines())
    return next(row for row in rows if (row["pxname"], row["svname"]) == (proxy, server))


def waiting(edge):
    return int(statistics(edge, "core", "BACKEND")["qcur"])


@pytest.fixture
def edge(start_edge):
    return start_edge(core=1, analytics=0, INSTANCE_REQUESTS="1", SHOP_CLIENTS="40")


@pytest.fixture
def clients(edge):
    clients = Clients(edge)
    yield clients
    clients.leave()


def test_a_full_queue_refuses_a_request_before_those_in_it_have_a_response(edge, clients):
    clients.take_the_slot(3000)
    clients.join_the_queue(21)

    answer = edge.get("/api/products/?too-many")

    assert clients.answered() == 0
    assert_is_a_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert edge.attempts("too-many") == []


def test_an_instance_gets_five_requests_at_a_time(start_edge):
    clients = Clients(start_edge(core=1, analytics=0))
    for _ in range(6):
        clients.send("/api/lab/wait/?ms=3000")

    until(lambda: len(clients.edge.attempts("/lab/")) == 5, "five requests at the instance")
    until(lambda: waiting(clients.edge) == 1, "the sixth waiting")
    clients.leave()


def test_a_refusal_is_delayed_so_that_repeating_at_once_gains_nothing(edge, clients):
    clients.take_the_slot(3000)
    clients.join_the_queue(21)

    refusals = [edge.get("/api/products/") for _ in range(3)]

    assert {answer.status for answer in refusals} == {503}
    assert min(answer.seconds for answer in refusals) >= 0.1


def test_in_a_queue_that_is_not_full_a_request_waits_and_is_served(edge, clients):
    clients.take_the_slot(300)
    clients.join_the_queue(10)

    assert edge.get("/api/products/").status == 200


def test_a_request_that_waited_too_long_gets_503(edge, clients):
    clients.take_the_slot(3000)

    answer = edge.get("/api/products/?too-long")

    assert_is_a_problem(answer, 503)
    assert clients.answered() == 0
    assert edge.attempts("too-long") == []


def test_a_disconnected_client_is_removed_from_the_queue_at_once(edge, clients):
    clients.take_the_slot(3000)
    holder = clients.sockets.pop()
    clients.join_the_queue(15)

    clients.leave()

    until(lambda: waiting(edge) == 0, "the queue empty", 0.7)  # earlier than the queue timeout
    holder.close()


def test_under_overload_a_slow_response_is_awaited_and_not_requested_twice(edge, clients):
    clients.take_the_slot(400)
    clients.join_the_queue(12)

    answer = edge.get("/api/products/?slow&ms=1700")

    assert answer.status == 200
    assert len(edge.attempts("slow")) == 1


def test_without_overload_a_slow_request_is_repeated_and_fails_in_time(edge):
    answer = edge.get("/api/products/?slow&ms=3000")

    assert_is_a_problem(answer, 504)
    assert len(edge.attempts("slow")) == 5
    assert answer.seconds < 6


def test_an_instance_whose_health_check_is_slow_stays_in(edge):
    failed = statistics(edge, "core", "core-1")["chkfail"]
    (edge.folder / "busy").write_text("1100")

    until(lambda: int(statistics(edge, "core", "core-1")["check_duration"]) >= 1100, "a slow check")

    assert statistics(edge, "core", "core-1")["chkfail"] == failed
    assert edge.settled(["core-1"])


def test_many_clients_fill_the_shop_and_leave_the_statistics_reachable(edge, clients):
    before = int(statistics(edge, "shop", "FRONTEND")["scur"])
    for _ in range(40 - before):
        clients.send("/api/imports/")
    until(lambda: int(statistics(edge, "shop", "FRONTEND")["scur"]) == 40, "the shop full")
    clients.send("/api/categories/")
    late, first = clients.sockets.pop(), clients.sockets.pop(0)

    assert statistics_page(edge, "/")[0] == 200
    assert select.select([late], [], [], 0.5)[0] == []
    first.close()
    assert late.recv(100).startswith(b"HTTP/1.1 200")
    late.close()
