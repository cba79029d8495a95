"""The fleet: every process of a system, and the processor time and wake-ups of each part."""

from typing import NamedTuple

import psutil

from lab.errors import Failure
from lab.stack import process_tree
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor


class Use(NamedTuple):
    """What a part has used since it was started, with all its children."""

    cpu_seconds: float
    wakeups: int


def used(home: Home) -> dict[str, Use]:
    """{name: its use until now} of each process that runs in this system, and of its supervisor."""
    found = {name: _sum(process_tree.tree_of(pid)) for name, pid in _pids(home).items()}
    # All others are its children.
    return found | {"supervisor": _sum([psutil.Process(Supervisor(home).api.getPID())])}


def cpu_seconds(home: Home, server: int | None = None) -> float:
    """The processor time of the whole system until now, and of one server that is no part of it."""
    whole = sum(use.cpu_seconds for use in used(home).values())
    if server is None or server in _pids(home).values():
        return whole
    return whole + process_tree.cpu_seconds(server)


def difference(before: dict[str, Use], after: dict[str, Use]) -> dict[str, Use]:
    """{name: what it used between two calls of used()}; a Failure when a process was replaced."""
    if before.keys() != after.keys():
        names = ", ".join(sorted(before.keys() ^ after.keys()))
        raise Failure(f"not the same processes run as before: {names}", "./escala bench again")
    return {
        name: Use(use.cpu_seconds - before[name].cpu_seconds, use.wakeups - before[name].wakeups)
        for name, use in after.items()
    }


def _pids(home: Home) -> dict[str, int]:
    return {name: pid for name, (_, pid) in Supervisor(home).states().items() if pid}


def _sum(processes: list[psutil.Process]) -> Use:
    return Use(
        sum(map(process_tree.own_cpu_seconds, processes)),
        sum(map(process_tree.wakeups, processes)),
    )
