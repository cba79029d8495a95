"""A run continues when an experiment cannot be measured, and says why."""

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.analysis.conditions import at_least
from lab.analysis.estimates import Interval
from lab.analysis.verdict import Judgement, Measure
from lab.errors import Failure, WrongUsage
from lab.experiments import e1d_new_service, e2b_failover, e3c_local_copies, e5b_workers
from lab.experiments.shared.protocol import Seconds
from lab.laboratory import again as again_
from lab.laboratory import report, results, run
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


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "less than 1 min"), (59, "less than 1 min"), (60, "1 min"), (150.1, "3 min")],
)
def test_the_time_left_is_never_none(seconds, text):
    assert run.minutes(seconds) == text


@pytest.fixture
def measured(lab, home, monkeypatch):
    """measured(verdict, ...) measures 3c and 2b, each with the next of these verdicts."""
    monkeypatch.setattr(run, "laboratory", lambda **choices: nullcontext(lab))
    monkeypatch.setattr(run, "LOOK_SECONDS", 0)
    figures = {"true": Interval(6, 6, 6), "false": Interval(4, 4, 4), "unknown": Interval(5, 4, 6)}

    def measured(*verdicts, again=None, **choices):
        left = iter(verdicts)

        def judge(experiment, found):
            facts = found.facts("verdict")
            gain = at_least("gain", figures[facts[0]["is"]], 5, "times")
            return Judgement((gain,), "a finding", {})

        for each in (e2b_failover, e3c_local_copies):
            monkeypatch.setattr(
                each, "measure", lambda lab: lab.fact("verdict", **{"is": next(left)})
            )
        monkeypatch.setattr(results, "judge", judge)
        if again is None:
            return run.run(home, ["2b", "3c"], **choices)
        return again_.again(home, again)

    return measured


def test_again_measures_what_is_unknown_and_keeps_the_rest(measured, lab):
    first = measured("false", "unknown", seed=1)

    second = measured("true", again=[])

    assert [row["verdict"] for row in first["experiments"]] == ["false", "unknown"]
    assert [row["verdict"] for row in second["experiments"]] == ["false", "true"]
    assert [row["again"] for row in second["experiments"]] == [0, 1]
    assert second["folder"] == first["folder"] and len(second["before"]) == 2
    folder = Path(second["folder"])
    assert json.loads((folder / "run.json").read_text())["experiments"] == second["experiments"]
    assert sorted(path.name for path in folder.glob("*.jsonl*")) == [
        "failover.jsonl",
        "local_copies.1.jsonl",
        "local_copies.jsonl",
    ]


@pytest.mark.parametrize(
    ("names", "verdicts", "expected"),
    [
        (["3c"], ["true"], ["unknown", "true"]),
        ([], ["unknown", "true"], ["unknown", "true"]),
        (["2b", "3c"], ["false", "true"], ["false", "true"]),
    ],
    ids=str,
)
def test_again_measures_only_those_that_are_named(measured, names, verdicts, expected):
    measured("unknown", "unknown")

    document = measured(*verdicts, again=names)

    assert [row["verdict"] for row in document["experiments"]] == expected


def test_again_never_repeats_what_came_out_true_or_false(measured):
    measured("true", "false")

    document = measured(again=["3c"])  # a measurement would raise StopIteration

    assert [row["verdict"] for row in document["experiments"]] == ["true", "false"]


def test_again_refuses_a_run_with_other_local_changes(measured, monkeypatch):
    measured("unknown", "unknown")
    monkeypatch.setattr(again_.provenance, "changes_hash", lambda: "another")

    with pytest.raises(WrongUsage, match="with other local changes than there are now"):
        measured(again=["2b"])


@pytest.mark.parametrize("commit", [None, "another"])
def test_again_refuses_what_is_not_part_of_the_run_or_of_another_version(
    measured, monkeypatch, commit
):
    measured("unknown", "unknown")
    if commit:
        monkeypatch.setattr(again_.machine, "fingerprint", lambda: {"commit": commit})

    with pytest.raises(WrongUsage, match="with commit" if commit else "5b is not part of"):
        measured(again=["2b"] if commit else ["5b"])


def test_a_ctrl_c_during_again_keeps_the_earlier_result(measured, home, monkeypatch):
    folder = Path(measured("unknown", "true")["folder"])
    before = (folder / "failover.jsonl").read_text()

    def interrupted(lab):
        raise KeyboardInterrupt

    monkeypatch.setattr(e2b_failover, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        again_.again(home, [])

    assert (folder / "failover.jsonl").read_text() == before
    assert report.as_html(folder)


def test_a_run_says_first_what_uses_the_machine_and_goes_on(measured, monkeypatch, capsys):
    found = {"share": 38.0, "programs": {"chrome": 21.0}, "memory_mb": 400}
    monkeypatch.setattr(run.neighbours, "look", lambda seconds: found)

    document = measured("true", "true")

    words = " ".join(capsys.readouterr().err.split())
    assert "warning: other programs use 38 % of the machine (chrome 21 %): close them" in words
    assert "warning: only 400 MB of memory are left" in words
    (look,) = document["before"]
    assert len(look["warnings"]) == 2 and look["share"] == 38
    page = report.as_html(document["folder"])
    assert all(warning in page for warning in look["warnings"])


def test_the_json_of_a_run_has_every_recorded_field(lab, home, monkeypatch):
    condition, figures = at_least("gain", 4, 5, "times"), {"a figure": Measure(1, 0.5, 2, "ms")}
    judged = Judgement((condition,), "a finding", figures, costs=("memory",))
    monkeypatch.setattr(run, "laboratory", lambda **choices: nullcontext(lab))
    monkeypatch.setattr(run, "LOOK_SECONDS", 0)
    monkeypatch.setattr(e3c_local_copies, "measure", lambda lab: None)
    monkeypatch.setattr(results, "judge", lambda experiment, found: judged)

    document = run.run(home, ["3c"], quick=True)

    (row,) = document["experiments"]
    assert row["measures"]["a figure"]["value"] == 1
    assert row["because"] == ["gain: 4 times; at least 5 needed"]
    assert row["conditions"][0]["state"] == row["verdict"] == "false"
    assert_recorded_shape("run", document)
