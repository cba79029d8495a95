"""Attempts at a phase: one that neighbours disturbed is measured again, when they are quieter."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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
    enough: dict[str, float] | None = None


@contextmanager
def watched(lab: Any) -> Iterator[None]:
    """Records as a fact what neighbours take meanwhile; `lab` is a Laboratory."""
    known = [process.pid for process in process_tree.processes_of(lab.system.home)]
    with neighbours.Watch(known) as watch:
        yield
    lab.fact("neighbours", others=watch.others())


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
            requests = load.with_new_keys(plan.requests, attempt)
            records, events = lab.send(requests, plan.during, plan.enough)
        others = watch.others()
        again = disturbance.is_disturbed(others) and attempt < repeats
        times = plan.times
        if records and len(records) < len(requests):  # it was stopped: see Laboratory.load
            times = (times[0], records[-1]["at"], times[2])
        phase = lab.writer.phase(plan.labels, times, records, events, others, set_aside=again)
        if not again:
            break
        console.say(console.wrapped(f"  {disturbance.cause(others)}: measured again", 4))
        neighbours.wait_until_quiet(known, QUIET_SECONDS)
    return phase
