"""A phase that neighbours disturbed is measured again where that leads to the same state."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from lab import experiments
from lab.experiments import e1e_shared_bottleneck, e5b_workers
from lab.workload import shop

PARTS = {"0": {"load"}, "3e": {"before"}}  # where only these parts are measured again


class Twice:
    """A laboratory that measures each phase that it may measure again two times."""

    quick, proving, seed = True, False, 1
    system = SimpleNamespace(home=SimpleNamespace(port=lambda name: 1))

    def __init__(self):
        self.phases, self.facts, self.loads = 0, [], []

    def __getattr__(self, name):
        return lambda *words, **more: 0

    def turns(self, least, most):
        return range(least)

    def bearer(self, who="customer", at="haproxy"):
        return {"Authorization": who}

    def watched(self):
        return nullcontext()

    def sql(self, *words):
        return [(1,)] * 2 if "sku" in words[1] else [(1,)]

    def fact(self, name, **values):
        self.facts.append({"name": name} | values)

    def capacity(self, *words, **more):
        return 50

    def request_ok(self, method, path, *more):
        return {"id": "1", "results": [{"sku": "TEA-1"}], "access": "x.e30=.y", "refresh": ""}

    def load(self, make_request, *, during=(), again=False, prepare=None, **more):
        self.loads.append((again, more))
        for _ in range(1 + again):
            if prepare:
                prepare()
            for _, action in during:
                action()
        return SimpleNamespace(number=len(self.loads), requests=[1])


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(shop, "restock", lambda *words: ["TEA-1"] * 40)
    monkeypatch.setattr(shop, "wait_for_jobs", lambda *words, **more: None)
    monkeypatch.setattr(shop, "wait_for_events", lambda *words, **more: None)
    monkeypatch.setattr(shop, "acknowledgements", lambda *words: [])
    return Twice()


SAME_STATE = ["0", "1d", "1e", "2a", "3a", "3d", "3e", "5a", "5b", "5e"]


@pytest.mark.parametrize("name", SAME_STATE)
def test_each_phase_that_leads_to_the_same_state_is_measured_again(lab, name):
    (experiment,) = experiments.chosen([name])

    experiment.measure(lab)

    parts = PARTS.get(name)
    assert lab.loads
    for again, labels in lab.loads:
        assert again == (not parts or labels.get("part") in parts), labels


def test_1e_counts_only_the_samples_of_the_attempt_that_is_kept(lab):
    e1e_shared_bottleneck.measure(lab)

    facts = [fact for fact in lab.facts if fact["name"] == "waiting for a lock"]
    samples = len(e1e_shared_bottleneck.SAMPLES)
    assert facts and {len(fact["sessions"]) for fact in facts} == {samples}


def test_5b_measures_only_the_jobs_of_the_attempt_that_is_kept(lab, monkeypatch):
    counts = []
    monkeypatch.setattr(shop, "makespan", lambda lab, jobs: counts.append(len(jobs)))

    e5b_workers.measure(lab)

    assert counts and set(counts) == {e5b_workers.TASKS}
