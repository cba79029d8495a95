"""Requests and logins of the laboratory, without a system."""

import json
from email.message import Message
from types import SimpleNamespace

import pytest

from lab.analysis.capacity import FLOOR
from lab.errors import Failure
from lab.laboratory.laboratory import Laboratory
from lab.workload import http_client
from lab.workload.http_client import Response


@pytest.fixture
def lab(monkeypatch):
    """A laboratory whose every request gets the response `lab.response`."""
    lab = object.__new__(Laboratory)
    lab.system = SimpleNamespace(home=SimpleNamespace(port=lambda name: 1))
    lab.response = Response(200, Message(), json.dumps({"access": "token"}).encode())
    monkeypatch.setattr(http_client, "request", lambda *arguments: lab.response)
    monkeypatch.setattr(
        lab, "credentials", lambda who: {"username": who, "password": "word"}, raising=False
    )
    return lab


def test_a_login_gives_the_token_and_the_cookies_that_came_with_it(lab):
    assert lab.bearer() == {"Authorization": "Bearer token"}

    lab.response.headers["Set-Cookie"] = "logged-in-at=here; path=/"
    lab.response.headers["Set-Cookie"] = "other=1"

    assert lab.bearer() == {"Authorization": "Bearer token", "Cookie": "logged-in-at=here; other=1"}


def test_a_slow_login_is_sent_again_and_does_not_end_the_experiment(lab, monkeypatch):
    slow = iter([Response(504, Message(), b""), TimeoutError("timed out"), lab.response])

    def request(*arguments):
        if isinstance(answer := next(slow), Exception):
            raise answer
        return answer

    monkeypatch.setattr(http_client, "request", request)

    assert lab.bearer() == {"Authorization": "Bearer token"}


def test_a_capacity_that_is_not_found_is_recorded_and_the_experiment_goes_on(lab, monkeypatch):
    found, loads = [], []
    monkeypatch.setattr(
        lab, "fact", lambda name, **values: found.append((name, values)), raising=False
    )
    monkeypatch.setattr(
        lab, "load", lambda *what, rate, **more: loads.append(rate) or rate, raising=False
    )
    objective = SimpleNamespace(is_met_by=lambda phase: False)

    rate = lab.capacity(None, objective, guess=90, seconds=3, precision=1.1, step="monolith")

    assert rate == loads[-1] >= 90 * FLOOR
    assert [(name, values["labels"]) for name, values in found] == [
        ("no capacity", {"step": "monolith"})
    ]


def test_every_attempt_of_a_capacity_search_can_be_repeated(lab, monkeypatch):
    loads = []
    monkeypatch.setattr(lab, "load", lambda *what, **more: loads.append(more), raising=False)
    objective = SimpleNamespace(is_met_by=lambda phase: len(loads) < 3)

    lab.capacity(None, objective, guess=90, seconds=3, precision=1.4)

    assert loads and all(each["again"] for each in loads)


def test_a_login_or_a_request_that_is_refused_ends_the_experiment_with_the_reason(lab):
    lab.response = Response(401, Message(), json.dumps({"detail": "wrong password"}).encode())

    with pytest.raises(Failure, match="admin cannot log in: .*wrong password"):
        lab.bearer("admin")
    with pytest.raises(Failure, match="GET /api/whoami/ was answered 401: .*wrong password"):
        lab.request_ok("GET", "/api/whoami/")
