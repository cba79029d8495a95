"""Claim 5: what the experiments on long tasks make of records that were made up."""

import pytest

from lab.experiments import worker_death
from tests.lab.made import Made


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
    "wrong",
    [{"whole": (1, 0)}, {"whole": (0, 1)}, {"struck": False}, {"bare": (0, 0)}, {"forgetful": (0, 0)}],
)
def test_an_import_lost_or_repeated_or_never_struck_makes_it_false(wrong):
    assert worker_death.judge(imports(**wrong)).verdict == "false"


GOOD = {worker_death: imports}
BAD = {worker_death: lambda: imports(whole=(4, 0))}
