"""A run continues when an experiment cannot be measured, and says why."""

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from lab.analysis.conditions import at_least
from lab.analysis.verdict import Judgement, Measure
from lab.errors import Failure
from lab.experiments import e1d_new_service, e2b_failover, e3c_local_copies, e5b_workers
from lab.experiments.protocol import Seconds
from lab.laboratory import results, run
from lab.laboratory.laboratory import Laboratory
from tests.support.shapes import assert_recorded_shape


@pytest.fixture
def lab():
    """A laboratory whose system counts how often it was ended."""
    lab = object.__new__(Laboratory)
    lab.quick, lab.seed, lab.proving, lab.ended = True, 1, False, 0

    def end():
        lab.ended += 1

    lab.system = SimpleNamespace(end=end)
    return lab


@pytest.mark.parametrize(
    ("error", "doubt"),
    [
        (Failure("core-1 did not start", "look"), "core-1 did not start"),
        (ConnectionRefusedError("it refused"), "ConnectionRefusedError: it refused"),
        (KeyError("violations"), "KeyError: 'violations'"),
    ],
    ids=repr,
)
def test_an_experiment_that_fails_is_unknown_and_the_next_one_has_its_turn(
    lab, error, doubt, tmp_path, monkeypatch
):
    def fails(lab):
        raise error

    monkeypatch.setattr(e2b_failover, "measure", fails)
    monkeypatch.setattr(e3c_local_copies, "measure", lambda lab: lab.fact("after a write"))

    row = run.run_experiment(lab, e2b_failover, tmp_path)
    run.run_experiment(lab, e3c_local_copies, tmp_path)

    assert (row["verdict"], row["doubts"]) == ("unknown", [doubt])
    assert lab.ended == 1  # the next one begins with a new system
    assert (
        json.loads((tmp_path / "local_copies.jsonl").read_text().splitlines()[1])["name"]
        == "after a write"
    )


def test_a_system_that_cannot_be_shut_down_is_killed(lab, tmp_path, monkeypatch):
    def fails(*lab):
        raise OSError("the supervisor is gone")

    killed = []
    lab.system = SimpleNamespace(end=fails, kill=lambda: killed.append(True))
    monkeypatch.setattr(e2b_failover, "measure", fails)

    assert run.run_experiment(lab, e2b_failover, tmp_path)["verdict"] == "unknown"
    assert killed == [True]


def test_a_ctrl_c_is_no_failure_of_an_experiment(lab, tmp_path, monkeypatch):
    def interrupted(lab):
        raise KeyboardInterrupt

    monkeypatch.setattr(e2b_failover, "measure", interrupted)

    with pytest.raises(KeyboardInterrupt):
        run.run_experiment(lab, e2b_failover, tmp_path)


@pytest.mark.parametrize(
    ("took", "measures", "left"),
    [
        ([], {}, 225),  # as SECONDS of 2b and 1d say
        ([(e3c_local_copies, 40)], {"a": 1}, 225),
        ([(e3c_local_copies, 80)], {"a": 1}, 450),
        ([(e3c_local_copies, 20), (e5b_workers, 185)], {"a": 1}, 225),
        ([(e3c_local_copies, 2)], {}, 225),  # it was aborted
    ],
    ids=str,
)
def test_the_time_left_follows_how_long_the_others_took(took, measures, left, monkeypatch):
    seconds = {e3c_local_copies: 40, e5b_workers: 165, e2b_failover: 125, e1d_new_service: 100}
    for experiment, full in seconds.items():
        monkeypatch.setattr(experiment, "SECONDS", Seconds(quick=1, full=full))
    rows = [{"id": each.ID, "seconds": time, "measures": measures} for each, time in took]

    found = run.seconds_left([e2b_failover, e1d_new_service], rows, quick=False)

    assert found == pytest.approx(left)


def test_the_json_of_a_run_has_every_recorded_field(lab, home, monkeypatch):
    judged = Judgement(
        (at_least("gain", 4, 5, "times"),),
        "a finding",
        {"a figure": Measure(1, 0.5, 2, "ms")},
        costs=("memory",),
    )
    monkeypatch.setattr(run, "laboratory", lambda **choices: nullcontext(lab))
    monkeypatch.setattr(e3c_local_copies, "measure", lambda lab: None)
    monkeypatch.setattr(results, "judge", lambda experiment, found: judged)

    document = run.run(home, ["3c"], quick=True)

    (row,) = document["experiments"]
    assert row["measures"]["a figure"]["value"] == 1
    assert row["because"] == ["gain: 4 times; at least 5 needed"]
    assert row["conditions"][0]["state"] == row["verdict"] == "false"
    assert_recorded_shape("run", document)
