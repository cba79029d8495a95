"""Requests and logins of the laboratory, without a system."""

import json
from email.message import Message
from types import SimpleNamespace

import pytest

from lab.analysis import records
from lab.analysis.capacity import FLOOR
from lab.errors import Failure
from lab.experiments import e1a_waiting
from lab.laboratory.laboratory import Laboratory
from lab.stack import process_tree
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
    spent = iter(range(100))

    def load(*what, rate, **more):
        more["prepare"]()
        loads.append(rate)
        return SimpleNamespace(number=len(loads))

    monkeypatch.setattr(lab, "load", load, raising=False)
    monkeypatch.setattr(lab, "processor_seconds", lambda: {"core": next(spent)}, raising=False)
    objective = SimpleNamespace(
        p95_ms=300, is_met_by=lambda phase: False, is_hopeless=lambda phase: False
    )

    rate = lab.capacity(None, objective, guess=90, seconds=3, precision=1.1, step="monolith")

    assert rate == loads[-1] >= 90 * FLOOR
    *times, (name, values) = found
    assert (name, values["labels"]) == ("no capacity", {"step": "monolith"})
    assert times == [
        ("processor time", {"phase": number, "seconds": {"core": 1}})
        for number in range(1, len(loads) + 1)
    ]


def test_every_attempt_of_a_capacity_search_can_be_repeated(lab, monkeypatch):
    loads = []

    def load(*what, **more):
        loads.append(more)
        return SimpleNamespace(number=len(loads))

    monkeypatch.setattr(lab, "load", load, raising=False)
    monkeypatch.setattr(lab, "processor_seconds", dict, raising=False)
    monkeypatch.setattr(lab, "fact", lambda *what, **values: None, raising=False)
    objective = SimpleNamespace(
        p95_ms=300, is_met_by=lambda phase: len(loads) < 3, is_hopeless=lambda phase: False
    )

    lab.capacity(None, objective, guess=90, seconds=3, precision=1.4)

    assert loads and all(each["again"] for each in loads)


def test_the_processor_time_of_a_kind_is_that_of_all_its_processes(lab, monkeypatch):
    states = {"core-1": ("running", 1), "core-2": ("running", 2), "cache": ("stopped", None)}
    lab.system.supervisor = SimpleNamespace(states=lambda: states)
    lab.generator = SimpleNamespace(process=SimpleNamespace(pid=4))
    monkeypatch.setattr(process_tree, "cpu_seconds", float)

    assert lab.processor_seconds() == {"core": 3, "cache": 0, "generator": 4}


def test_an_experiment_can_read_what_it_has_recorded_until_now(lab, tmp_path):
    with open(tmp_path / "records.jsonl", "w") as file:
        lab.begin(e1a_waiting, records.Writer(file, experiment="1a"))
        lab.fact("machine", cores=2)

        assert [fact["cores"] for fact in lab.recorded().facts("machine")] == [2]


def test_a_login_or_a_request_that_is_refused_ends_the_experiment_with_the_reason(lab):
    lab.response = Response(401, Message(), json.dumps({"detail": "wrong password"}).encode())

    with pytest.raises(Failure, match="admin cannot log in: .*wrong password"):
        lab.bearer("admin")
    with pytest.raises(Failure, match="GET /api/whoami/ was answered 401: .*wrong password"):
        lab.request_ok("GET", "/api/whoami/")
