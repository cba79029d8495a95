"""Processor time of an instance per request: what a comparison of costs is made of."""

from typing import Any

from lab.analysis.records import Phase
from lab.stack import process_tree
from lab.workload.load import RequestFactory


def measure(lab: Any, make_request: RequestFactory, **options: Any) -> tuple[Phase, float]:
    """(phase, seconds of processor time of core-1 per request that was sent) of such a load.

    `options` are those of Laboratory.load; a phase that neighbours disturbed is measured again.
    """
    pid = lab.system.supervisor.states()["core-1"][1] or 0
    before = 0.0

    def prepare() -> None:
        nonlocal before
        before = process_tree.cpu_seconds(pid)

    phase = lab.load(make_request, again=True, prepare=prepare, **options)
    return phase, (process_tree.cpu_seconds(pid) - before) / max(1, len(phase.requests))


def rotated(sides: dict[str, int], turn: int) -> list[str]:
    """The sides, beginning with another one in each turn, so that none is always the first."""
    order, first = list(sides), turn % len(sides)
    return order[first:] + order[:first]
