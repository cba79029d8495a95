"""A dead or frozen instance, after HAProxy has noticed it and before: one measure in each test."""

import signal

import pytest

from lab.stack.haproxy import second_attempts
from tests.support.edge import Edge, until


@pytest.fixture
def edge(tmp_path):
    """Two instances, with all other slots in maintenance, as ./escala sets them."""
    edge = Edge(tmp_path, core=2, analytics=0)
    try:
        for name in edge.names:
            edge.start_instance(name)
        edge.start_haproxy()
        for number in range(3, 9):
            edge.command(f"set server core/core-{number} state maint")
        until(
            lambda: {edge.get("/").headers["X-Served-By"] for _ in range(8)} == set(edge.names),
            "both",
        )
        yield edge
    finally:
        edge.stop()


def test_a_frozen_instance_is_detected_and_gets_no_more_requests(edge):
    edge.kill("core-1", signal.SIGSTOP)
    until(lambda: edge.states()["core", "core-1"] == "DOWN", "core-1 found frozen")

    answers = [edge.ask("POST", "/api/products/", b"{}") for _ in range(8)]

    assert {answer.headers["X-Served-By"] for answer in answers} == {"core-2"}


def test_a_request_that_a_dead_instance_refuses_goes_to_another(edge):
    # Without checks HAProxy finds the dead instance only by the refused request.
    edge.command("disable health core/core-1")
    edge.kill("core-1")

    answers = [edge.get("/api/products/") for _ in range(4)]

    assert [answer.status for answer in answers] == [200] * 4
    ids, log = [answer.headers["X-Request-ID"] for answer in answers], edge.folder / "haproxy.log"
    until(lambda: ids[-1] in log.read_text(), "the lines in the log")
    assert sum(times for request, times in second_attempts(log) if request in ids) == 1
