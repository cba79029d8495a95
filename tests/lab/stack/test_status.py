from types import SimpleNamespace

import pytest

from lab.stack import haproxy, readiness, status
from lab.stack.desired import DesiredState, all_names
from lab.stack.supervisor import Supervisor


@pytest.fixture
def system(home, monkeypatch):
    """A system in which all is well; a test changes one of these."""
    wanted = DesiredState()
    parts = SimpleNamespace(
        states=dict.fromkeys(all_names(), ("stopped", None))
        | dict.fromkeys(wanted.names(), ("running", 1)),
        silent=set(),
        seen=dict.fromkeys(wanted.instances(), "UP"),
        problems=[],
    )
    supervisor = SimpleNamespace(states=lambda: parts.states)
    monkeypatch.setattr(status, "running_supervisor", lambda home: supervisor)
    monkeypatch.setattr(readiness, "is_ready", lambda home, name: name not in parts.silent)
    monkeypatch.setattr(readiness, "problems", lambda home: parts.problems)
    monkeypatch.setattr(haproxy, "read_statistics", lambda home: None)
    monkeypatch.setattr(haproxy, "instances", lambda stats: [*map(row, parts.seen.items())])
    return parts


def row(item):
    return {"name": item[0], "state": item[1], "requests": 0}


def test_a_system_in_which_all_is_well_is_healthy(home, system):
    assert status.status(home)["healthy"]


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("states", {"relay": ("stopped", None)}),
        ("states", {"core-1": ("killed", None)}),
        ("states", {"worker-1": ("frozen", 1)}),
        ("silent", {"postgres"}),
        ("silent", {"broker"}),
        ("seen", {"core-2": "DOWN"}),
        ("problems", ["the disk is full"]),
    ],
)
def test_one_thing_that_is_not_well_makes_it_unhealthy(home, system, part, change):
    found = getattr(system, part)
    found.extend(change) if part == "problems" else found.update(change)

    document = status.status(home)

    assert not document["healthy"]
    said = status.as_text(document)
    word = {"silent": "no answer", "problems": "disk is full", "seen": "DOWN"}.get(part)
    assert (word or next(iter(change.values()))[0]) in said


@pytest.mark.parametrize(("killed", "word"), [(True, "killed"), (False, "stopped")])
def test_a_killed_process_is_not_called_stopped(home, monkeypatch, killed, word):
    api = SimpleNamespace(
        getAllProcessInfo=lambda: [{"name": "core-1", "statename": "STOPPED", "pid": 0}]
    )
    monkeypatch.setattr(Supervisor, "api", api)
    supervisor = Supervisor(home)
    if killed:
        supervisor.mark_killed("core-1")

    assert supervisor.states() == {"core-1": (word, None)}
