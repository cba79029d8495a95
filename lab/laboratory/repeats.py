"""Attempts at a phase: one that neighbours disturbed is measured again, when they are quieter."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lab import console
from lab.analysis import disturbance
from lab.analysis.records import Phase
from lab.laboratory import neighbours
from lab.stack import process_tree
from lab.workload import load

QUIET_SECONDS = 10  # how long to wait at most before the next attempt


class Plan(NamedTuple):
    """What one attempt does; see Laboratory.load."""

    labels: dict[str, Any]
    times: tuple[float, float, float]  # rate (requests/s), seconds and warm-up
    requests: list[load.Request]
    during: Iterable[load.Action] = ()
    prepare: Callable[[], object] | None = None


def measure(lab: Any, plan: Plan, *, repeats: int) -> Phase:
    """Measures and records the phase; again, at most `repeats` times, while it is disturbed.

    Returns the last attempt, which may be disturbed too; the others are set aside. `lab` is a
    Laboratory.
    """
    known = [process.pid for process in process_tree.processes_of(lab.system.home)]
    for attempt in range(repeats + 1):
        if plan.prepare:
            plan.prepare()
        with neighbours.Watch(known) as watch:
            records, events = lab.send(load.with_new_keys(plan.requests, attempt), plan.during)
        others = watch.others()
        again = disturbance.is_disturbed(others) and attempt < repeats
        phase = lab.writer.phase(plan.labels, plan.times, records, events, others, set_aside=again)
        if not again:
            break
        console.say(
            f"  other programs used {others['share']:.0f} % of the machine"
            f"{disturbance.programs(others)}: measured again"
        )
        neighbours.wait_until_quiet(known, QUIET_SECONDS)
    return phase
