"""A phase that neighbours disturb is measured again; the disturbed attempts are not read."""

import io
import json
import time
from types import SimpleNamespace

import psutil
import pytest

from lab.analysis import disturbance, records
from lab.experiments import e2b_failover
from lab.laboratory import laboratory, repeats
from lab.laboratory.laboratory import Laboratory
from lab.laboratory.repeats import Plan
from lab.stack import process_tree
from lab.stack.home import Home
from tests.support.burners import burning, everybody_else
from tests.support.made import requests

ORDER = {"at": 0.1, "kind": "order", "headers": {"Idempotency-Key": "k"}, "note": "k"}
SECONDS = 1.2


@pytest.fixture
def lab(monkeypatch, tmp_path):
    """A laboratory beside nobody but burners; its phases only take time. `lab.read()`: records."""
    lab = object.__new__(Laboratory)
    lab.seed, lab.proving, lab.sent = 1, False, []
    lab.system, file = SimpleNamespace(home=Home(tmp_path, 9000)), io.StringIO()
    header = {"experiment": e2b_failover.ID, "seed": 1, "quick": True, "proving": False}
    lab.begin(e2b_failover, records.Writer(file, **header))

    def send(planned, during, enough=None):
        time.sleep(SECONDS)  # the length of the phase
        lab.sent.append(planned)
        return requests(60, SECONDS, 8), []

    def others():
        named = psutil.process_iter(["name"])
        burners = {each.pid for each in named if each.info["name"] == "burner"}
        return [SimpleNamespace(pid=pid) for pid in everybody_else() - burners]

    monkeypatch.setattr(lab, "send", send, raising=False)
    monkeypatch.setattr(repeats.process_tree, "processes_of", lambda home: others())
    monkeypatch.setattr(repeats, "QUIET_SECONDS", 0.1)
    lab.read = lambda: records.Records(map(json.loads, file.getvalue().splitlines()))
    return lab


def test_a_phase_beside_a_burner_is_set_aside_and_measured_again_when_it_is_gone(lab, tmp_path):
    with burning(tmp_path, count=2 * psutil.cpu_count()) as burners:

        def prepare():
            if lab.sent:
                process_tree.kill(burners)
                psutil.wait_procs(burners, timeout=10)

        plan = Plan({"side": "a"}, (60, SECONDS, 0), [ORDER], prepare=prepare)
        phase = repeats.measure(lab, plan, repeats=2)

    found = lab.read()
    assert [each.labels for each in found.set_aside] == [{"side": "a"}] * (len(lab.sent) - 1)
    assert disturbance.is_disturbed(found.set_aside[0].others)
    assert found.set_aside[0].others["programs"]["burner"] > disturbance.LIMIT
    assert not disturbance.is_disturbed(phase.others)
    assert [each.number for each in found.phases] == [0] == [phase.number]
    assert len(found.where(side="a")[0].requests) == 60 * SECONDS
    assert not list(disturbance.doubts(found))


def test_what_stays_disturbed_is_read_and_doubted_and_ends_the_repeating(lab, tmp_path):
    with burning(tmp_path, count=2 * psutil.cpu_count()):
        lab.load(lambda chance: dict(ORDER), rate=5, seconds=SECONDS, again=True)
        lab.load(lambda chance: dict(ORDER), rate=5, seconds=SECONDS, again=True)

    found = lab.read()
    assert len(lab.sent) == laboratory.REPEATS + 2
    assert (len(found.phases), len(found.set_aside)) == (2, laboratory.REPEATS)
    (doubt,) = disturbance.doubts(found)
    assert doubt.startswith("other programs used ") and "(burner " in doubt
    assert doubt.endswith(": close them, then ./escala run 2b --again")


def test_a_phase_that_cannot_be_repeated_is_measured_once(lab, tmp_path):
    with burning(tmp_path, count=2 * psutil.cpu_count()):
        lab.load(lambda chance: dict(ORDER), rate=5, seconds=SECONDS)

    found = lab.read()
    assert len(lab.sent) == 1 and not found.set_aside
    assert disturbance.is_disturbed(found.phases[0].others)


def test_another_attempt_places_orders_of_its_own(lab, monkeypatch):
    monkeypatch.setattr(disturbance, "is_disturbed", lambda others: True)

    repeats.measure(lab, Plan({}, (60, SECONDS, 0), [ORDER, {"at": 0.2}]), repeats=1)

    (first, read), (second, read_again) = lab.sent
    assert first == ORDER and read == read_again
    assert second["headers"]["Idempotency-Key"] == second["note"] == "k again 1"


def test_a_phase_that_was_stopped_is_as_long_as_what_was_sent(lab):
    planned = [{"at": at / 10} for at in range(100)]
    plan = Plan({}, (10, 10, 0), planned)

    phase = repeats.measure(lab, plan, repeats=0)

    assert (phase.rate, phase.seconds) == (10, phase.requests[-1]["at"])


def test_why_a_phase_is_measured_again_fits_80_columns(lab, monkeypatch, capsys):
    programs = {f"python a_module_{number}.py": 20.0 for number in range(3)}
    others = {"share": 60.0, "contended": 60.0, "programs": programs}
    monkeypatch.setattr(repeats.neighbours.Watch, "others", lambda watch: dict(others))

    repeats.measure(lab, Plan({}, (60, SECONDS, 0), [ORDER]), repeats=1)

    said = capsys.readouterr().err.splitlines()
    assert len(said) > 1 and max(map(len, said)) <= 80


@pytest.mark.parametrize("burners", [0, 2])
def test_what_is_measured_without_load_is_watched_too(lab, tmp_path, burners):
    with burning(tmp_path, count=burners * psutil.cpu_count()), lab.watched():
        time.sleep(SECONDS)  # the length of the block

    (fact,) = lab.read().facts("neighbours")
    assert disturbance.is_disturbed(fact["others"]) == bool(burners)
