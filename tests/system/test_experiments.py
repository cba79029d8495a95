"""Experiments on a real system: true, and false in a proof."""

import pytest

from lab.analysis import records
from lab.experiments import e2b_failover, e3c_local_copies, e4a_any_instance
from lab.experiments.shared import protocol
from lab.laboratory import run
from lab.laboratory.laboratory import laboratory


@pytest.fixture(scope="module")
def lab():
    with laboratory(quick=True, seed=1) as lab:
        yield lab


@pytest.fixture
def short(monkeypatch):
    """The first and the last configuration, each shorter."""
    first, *_, last = e2b_failover.CONFIGURATIONS
    monkeypatch.setattr(
        e2b_failover,
        "CONFIGURATIONS",
        {step: e2b_failover.CONFIGURATIONS[step] for step in (first, last)},
    )
    monkeypatch.setattr(e2b_failover, "LENGTH", 3.5)


def verdict(lab, experiment, folder):
    """The experiment's own verdict, without the check that the generator was on time."""
    run.run_experiment(lab, experiment, folder)
    return experiment.judge(records.read(folder / f"{protocol.name(experiment)}.jsonl")).verdict


def test_an_experiment_is_true_of_the_system_and_false_in_its_proof(lab, short, tmp_path):
    lab.proving = False
    assert verdict(lab, e2b_failover, tmp_path) == "true"

    lab.proving = True
    assert verdict(lab, e2b_failover, tmp_path) == "false"


@pytest.mark.parametrize("experiment", [e4a_any_instance, e3c_local_copies], ids=protocol.name)
def test_a_quick_one_is_true_and_its_proof_false(lab, experiment, tmp_path):
    for proving, expected in ((False, "true"), (True, "false")):
        lab.proving = proving
        assert verdict(lab, experiment, tmp_path) == expected
        raw = records.read(tmp_path / f"{protocol.name(experiment)}.jsonl")
        assert [fact["violations"] for fact in raw.facts("audit")] == [[]]
