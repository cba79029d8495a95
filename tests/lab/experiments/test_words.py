"""What the judgements of all experiments say is written alike."""

import re

import pytest

from lab import experiments
from lab.experiments.shared import protocol
from tests.lab.experiments.test_experiments import BAD, GOOD, judged


@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
@pytest.mark.parametrize("made", [GOOD, BAD], ids=["good", "bad"])
def test_each_condition_has_a_name_of_its_own_and_percent_are_written_alike(experiment, made):
    found = judged(experiment, made)
    names = [condition.name for condition in found.conditions]

    assert len(set(names)) == len(names)
    assert not re.search(
        r"\d%|disturbed: ",
        "\n".join([*names, found.finding, *found.because, *found.costs, *found.measures]),
    )
