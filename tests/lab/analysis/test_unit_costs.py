"""Unit costs of a made-up system, whose costs are known."""

import pytest

from lab.analysis import records, unit_costs
from tests.support import costs


@pytest.fixture
def measured(tmp_path):
    """A function that returns what a made-up measurement says."""
    return lambda **how: unit_costs.measured(records.read(costs.write(tmp_path / "x", **how)))


def test_the_cost_of_each_kind_is_separated_from_phases_that_mix_them(measured):
    found = measured()

    assert found.cores == 2 and len(found.turns) == 4
    for turn in found.turns:
        for part, expected in costs.COSTS.items():
            assert turn[part] == pytest.approx(expected, abs=1e-6), part


def test_turns_that_differ_have_costs_that_differ_as_much(measured):
    reads = [turn["core"].reads for turn in measured(differ=0.2).turns]

    assert 0.8 * 0.003 <= min(reads) < max(reads) <= 1.2 * 0.003


def test_latencies_and_times_of_a_worker_are_those_of_the_records(measured):
    found = measured(latency=(12, 34))

    assert {kind: {round(each) for each in of} for kind, of in found.alone.items()} == {
        "reads": {12},
        "orders": {34},
    }
    assert found.report == 0.25


def test_no_cost_is_negative(measured):
    odd = {"core": unit_costs.Costs(0.5, -0.002, 0.01, 0.01)}

    for turn in measured(costs=odd).turns:
        assert min(turn["core"]) >= 0
