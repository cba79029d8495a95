"""0: records that it must judge true, and others that it must judge false."""

import pytest

from lab.experiments import e0_staircase
from lab.laboratory import results
from tests.support.made import Made

RISING = (40, 60, 60, 90, 90, 100)


def stairs(
    capacities=RISING,
    p95=(280, 60, 60, 40, 40, 30),
    failed=(60, 30, 10, 10, 0, 0),
    loaded=(30, 0, 0, 0, 0, 0),
    unmade=0,
    seconds=4,
):
    """Records of all steps: capacity (requests/s), p95 (ms), failures at a death and before."""
    made = Made(e0_staircase)
    rows = zip(e0_staircase.STEPS, capacities, p95, failed, loaded, strict=True)
    for step, most, latency, count, refused in rows:
        made.phase(most, 150, labels={"step": step, "part": "probe"})
        made.phase(most * 1.3, 600, labels={"step": step, "part": "probe"})
        labels = {"step": step, "part": "load"}
        for number in range(e0_staircase.PHASES.get(step, 1)):
            lost = 0 if number else refused
            made.phase(24, latency, failed=lost, labels=labels, seconds=seconds)
        made.phase(24, latency, failed=count, labels={"step": step, "part": "death"})
    return made.fact("failed jobs", count=unmade).read()


GOOD = {e0_staircase: stairs}
BAD = {e0_staircase: lambda: stairs(failed=(60, 60, 60, 60, 60, 60))}


@pytest.mark.parametrize(
    "wrong",
    [
        {"capacities": (40, 42, 41, 45, 44, 37)},
        {"p95": (280, 60, 60, 40, 40, 240)},
        {"loaded": (0, 0, 0, 0, 0, 3)},
        {"unmade": 1},
        {"failed": (60, 30, 10, 10, 0, 1)},
        {"failed": (0, 0, 0, 0, 0, 0)},
    ],
    ids=str,
)
def test_the_staircase_is_false_when_any_of_its_conditions_fails(wrong):
    assert results.judge(e0_staircase, stairs(**wrong)).verdict == "false"


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        # The next rates after 40 and 48, which failed, are 52 and 62.4.
        ({"capacities": (40, 42, 41, 45, 44, 48)}, "capacity with all five properties: between"),
        ({"loaded": (0, 0, 0, 0, 0, 1)}, "requests that failed at 1.3 times"),
    ],
    ids=str,
)
def test_the_staircase_is_unknown_when_an_interval_straddles_its_threshold(measured, reason):
    judgement = results.judge(e0_staircase, stairs(**measured))

    assert judgement.verdict == "unknown" and len(judgement.because) == 1
    assert judgement.because[0].startswith(reason)
    assert judgement.because[0].endswith("not decided")


def test_a_false_staircase_names_the_condition_that_is_false_before_its_finding():
    judgement = results.judge(e0_staircase, stairs(loaded=(0, 0, 0, 0, 0, 5)))

    assert judgement.statement.startswith(
        "false, because: requests that failed at 1.3 times the monolith's capacity: 1.98 % of 252"
    )
    assert len(judgement.because) == 1


def test_each_step_keeps_the_earlier_ones_and_the_last_is_the_default_system():
    from lab.stack import levers

    system = {}
    for change in e0_staircase.STEPS.values():
        system |= change

    assert system.pop("patches") == () and system.pop("replicas") == 2
    assert system == {name: levers.DEFAULTS[name] for name in system}


@pytest.mark.parametrize(
    ("last", "lost"),
    [
        (100, []),
        (80, []),  # it lies between 80 and 104, and the one before between 90 and 117
        (70, []),
        (60, ["with '5 tasks, events' the capacity falls from 90 to 60 requests/s"]),
    ],
)
def test_a_step_that_surely_carries_less_than_the_one_before_is_among_the_costs(last, lost):
    costs = e0_staircase.judge(stairs(capacities=(40, 60, 60, 90, 90, last))).costs

    assert [cost for cost in costs if "falls" in cost] == lost


def test_the_gain_has_the_bounds_of_both_capacities():
    gain = e0_staircase.judge(stairs()).measures["gain, all five"]

    assert (gain.low, gain.value, gain.high) == pytest.approx((100 / 52, 2.5, 130 / 40))
