"""Claim 5: what the experiments on long tasks make of records that were made up."""

import pytest

from lab.experiments import worker_death, workers
from tests.lab.made import Made


def makespans(seconds=(10.2, 5.4, 2.9), p95=(10, 10, 11)):
    """So long 16 tasks take with 1, 2 and 4 workers, and so slow the reads are meanwhile (ms)."""
    made = Made(workers)
    for turn in range(2):
        for number, time, latency in zip(workers.numbers(True), seconds, p95, strict=True):
            made.phase(20, latency, labels={"workers": number})
            made.fact("tasks", workers=number, seconds=time + turn / 10)
    return made.read()


def imports(*, bare=(3, 0), forgetful=(0, 4), whole=(0, 0), struck=True):
    """Of four imports under each configuration so many are lost, and so many repeated."""
    made = Made(worker_death)
    for configuration, (lost, repeated) in zip(
        worker_death.CONFIGURATIONS, (bare, forgetful, whole), strict=True
    ):
        for number in range(4):
            state = "running" if number < lost else "done"
            sets = 2 if number >= 4 - repeated else 1
            fact = {"state": state, "sets": sets, "attempts": 2, "struck": struck}
            made.fact("import", configuration=configuration, **fact)
    return made.read()


@pytest.mark.parametrize(
    "wrong", [{"seconds": (10, 10, 2.9)}, {"seconds": (10, 5.4, 5)}, {"p95": (10, 10, 21)}]
)
def test_workers_that_do_not_help_or_that_readers_notice_make_it_false(wrong):
    assert workers.judge(makespans(**wrong)).verdict == "false"


@pytest.mark.parametrize(
    "wrong",
    [{"whole": (1, 0)}, {"whole": (0, 1)}, {"struck": False}, {"bare": (0, 0)}, {"forgetful": (0, 0)}],
)
def test_an_import_lost_or_repeated_or_never_struck_makes_it_false(wrong):
    assert worker_death.judge(imports(**wrong)).verdict == "false"


GOOD = {workers: makespans, worker_death: imports}
BAD = {workers: lambda: makespans(seconds=(10, 10, 10)), worker_death: lambda: imports(whole=(4, 0))}
