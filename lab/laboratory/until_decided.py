"""Turns until every condition is decided: a sequential test.

An experiment is measured in turns, and judged after each one. Whoever stops as soon as a 95 %
interval clears its threshold is wrong in more than 5 % of all runs, because every look is another
chance to be wrong. So each of K looks uses an interval of 1 - 5 % / K (Bonferroni). Then a
condition is decided wrongly in at most 5 % of all runs, however often somebody looks.
"""

import time
from collections.abc import Iterator
from typing import Any

from lab.experiments.shared import protocol
from lab.laboratory import results

PATIENCE = 2  # times the expected seconds of an experiment; after these no turn begins


def turns(lab: Any, least: int, most: int) -> Iterator[int]:
    """Yields 0, 1, 2 ...: at least `least` turns, at most `most`.

    Ends before `most` when every condition is decided, or when the time is up. The number of looks
    is recorded first, because the intervals depend on it: see Records.level.
    """
    end = time.monotonic() + PATIENCE * protocol.expected_seconds(lab.experiment, lab.quick)
    lab.fact("looks", most=most - least + 1)
    for turn in range(most):
        yield turn
        if turn + 1 >= least and (is_decided(lab) or time.monotonic() > end):
            return


def is_decided(lab: Any) -> bool:
    """Whether every condition is decided by what was recorded until now."""
    found = results.judge(lab.experiment, lab.recorded())
    states = [condition.state for condition in found.conditions]
    return bool(states) and "undecided" not in states
