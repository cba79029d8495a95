"""Neighbours: the programs that use the machine too while the laboratory measures.

A neighbour is every process that belongs neither to the measured system nor to the laboratory (its
generator and its commands). All shares are percent of the machine: all cores together are 100 %,
or those that the laboratory may use (taskset).

Neighbours have what is left of the machine's processor time without those that are known. So what
ran too shortly to be seen is theirs too. The kernel's own threads and interrupts are nobody's:
a load causes them itself. What the host takes from a virtual machine (steal) is a neighbour's.
"""

import contextlib
import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Self

import psutil

from lab.analysis.disturbance import FULL, LIMIT, OWN_SHOP, lacks_memory
from lab.laboratory import machine_state
from lab.polling import wait_until
from lab.stack import machine, process_tree
from lab.stack.home import Home

INTERVAL = 0.5  # seconds between two samples; a sample takes about 10 ms of one core
MOST_PROGRAMS, LEAST_SHARE = 3, 1.0  # the programs that are named, and their least share
HOST, UNSEEN = "the host of this virtual machine", "programs that ended or are hidden"
INTERPRETERS = ("python", "node", "ruby", "java", "perl")
REAPERS = {"systemd", "init", "launchd"}  # they inherit the processor time of anybody's orphans


class Process(NamedTuple):
    """A process at one moment; `own` and `buried` are its time and that of its ended children."""

    parent: int
    name: str
    own: float
    buried: float = 0.0


UNBORN = Process(0, "", 0.0)


class Sample(NamedTuple):
    """The machine at one moment: seconds of all its processors since it was started."""

    total: float
    idle: float
    busy: float  # in processes, and in the kernel for them; without interrupts
    stolen: float
    processes: dict[int, Process]
    is_part: bool = False  # of the machine: processes may use other processors too


class Watch:
    """Watches the machine during a `with` block; `known` are the pids that are no neighbours.

    So are their children, those of this process, and the kernel's threads.
    """

    def __init__(self, known: Iterable[int] = ()) -> None:
        self.known, self.samples = {os.getpid(), *known}, [take_sample()]
        self._state = machine_state.read()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        self.samples.append(take_sample())
        self._changes = machine_state.changes(self._state, machine_state.read())

    def others(self) -> dict[str, Any]:
        """What neighbours took during the block, for a record; see summary_of for its shares."""
        return summary_of(self.samples, self.known) | self._changes

    def _run(self) -> None:
        while not self._ended.wait(INTERVAL):
            self.samples.append(take_sample())


def look(seconds: float, known: Iterable[int] = ()) -> dict[str, Any]:
    """What neighbours take during so many seconds in which nothing is measured."""
    with Watch(known) as watch:
        threading.Event().wait(seconds)
    return watch.others()


def wait_until_quiet(known: Iterable[int], seconds: float) -> bool:
    """Waits until nothing disturbs for a second; False when `seconds` have passed."""

    def is_quiet() -> bool:
        found = look(1, known)
        return found["share"] <= LIMIT and not lacks_memory(found)

    return wait_until(is_quiet, seconds=seconds)


def take_sample() -> Sample:
    """The machine now. Where the kernel hides a process, its time is that of an unseen program."""
    times, is_part = processor_times()
    busy = times["user"] + times.get("nice", 0) + times["system"]
    idle = times["idle"] + times.get("iowait", 0)
    stolen = times.get("steal", 0)
    rest = stolen + times.get("irq", 0) + times.get("softirq", 0)
    processes = {}
    for process in psutil.process_iter(["ppid", "name", "cpu_times"]):
        found = process.info
        if spent := found["cpu_times"]:
            buried = spent.children_user + spent.children_system
            own = spent.user + spent.system
            name = program(process, found["name"] or "?")  # None where the system hides it
            processes[process.pid] = Process(found["ppid"] or 0, name, own, buried)
    return Sample(busy + idle + rest, idle, busy, stolen, processes, is_part)


def processor_times() -> tuple[dict[str, float], bool]:
    """The seconds of the processors that this process may use, and whether there are others."""
    each = psutil.cpu_times(percpu=True)
    if machine.cores() >= len(each):
        return psutil.cpu_times()._asdict(), False
    own = [each[number]._asdict() for number in os.sched_getaffinity(0) if number < len(each)]
    return {name: sum(times[name] for times in own) for name in own[0]}, True


@lru_cache(maxsize=4096)
def program(process: psutil.Process, name: str) -> str:
    """The name, and for an interpreter what it runs: `python gunicorn`.

    All processes of the caller's own system have one name, OWN_SHOP.
    """
    if process_tree.belongs(process, Home()):
        return OWN_SHOP
    words: list[str] = []
    if name.startswith(INTERPRETERS):
        with contextlib.suppress(psutil.Error):  # it has ended, or belongs to another user
            words = process.cmdline()[1:]
    return f"{name} {script(words)}".strip()


def script(words: list[str]) -> str:
    """The module or file that these arguments of an interpreter name; empty when it has none."""
    for word, following in pairwise([*words, ""]):
        if word == "-m":
            return following
        if word in ("-c", "-e"):
            return ""
        if not word.startswith("-"):
            return Path(word).name
    return ""


def spent(samples: Iterable[dict[int, Process]]) -> Iterator[dict[int, float]]:
    """For each two successive samples {pid: seconds of processor time between them}.

    With a process count the children that it buried meanwhile: what they used since the first of
    the two samples, and not what they had used before.
    """
    earlier: dict[int, float] = defaultdict(float)  # of ended processes, by who buries them
    for before, after in pairwise(samples):
        for pid, each in before.items():
            if pid not in after:
                earlier[_survivor(pid, before, after)] += each.own + each.buried
        found = {}
        for pid, each in after.items():
            first = before.get(pid, UNBORN)
            buried = each.buried - first.buried
            counted_before = min(buried, earlier[pid])
            earlier[pid] -= counted_before
            if pid == 1 or each.name in REAPERS:
                counted_before = buried
            found[pid] = each.own - first.own + buried - counted_before
        yield found


def _survivor(pid: int, before: dict[int, Process], after: dict[int, Process]) -> int:
    while pid in before and pid not in after:
        pid = before[pid].parent
    return pid


def summary_of(samples: list[Sample], known: Iterable[int]) -> dict[str, Any]:
    """{share, contended, stolen, programs}: what neighbours took, in percent of the machine.

    `contended` is the part of it that they took while no processor was free, so that the system
    had to wait for them. `programs` are the greatest ones: {name: share}.
    """
    known = set(known)
    programs: dict[str, float] = defaultdict(float)
    taken = contended = 0.0
    used = spent(sample.processes for sample in samples)
    for (before, after), times in zip(pairwise(samples), used, strict=True):
        known = families(known, after.processes)
        for pid, seconds in times.items():
            if pid not in known:
                programs[after.processes[pid].name] += seconds
        theirs = after.busy - before.busy - sum(times[pid] for pid in known & times.keys())
        theirs += after.stolen - before.stolen
        taken += theirs
        if after.idle - before.idle < FULL / 100 * (after.total - before.total):
            contended += theirs
    if samples[-1].is_part and (all_of_them := sum(programs.values())) > taken:
        for name in programs:  # nobody tells on which processor a process ran
            programs[name] *= max(0.0, taken) / all_of_them
    total = max(samples[-1].total - samples[0].total, 0.01)
    stolen = samples[-1].stolen - samples[0].stolen
    programs[HOST] = stolen
    programs[UNSEEN] = taken - sum(programs.values())
    greatest = sorted(programs, key=lambda name: -programs[name])[:MOST_PROGRAMS]
    shares = {name: _percent(programs[name], total) for name in greatest}
    return {
        "share": _percent(taken, total),
        "contended": _percent(contended, total),
        "stolen": _percent(stolen, total),
        "programs": {name: share for name, share in shares.items() if share >= LEAST_SHARE},
    }


def families(pids: set[int], processes: dict[int, Process]) -> set[int]:
    """These pids with all their descendants, and the kernel's threads."""
    found = pids | {pid for pid, each in processes.items() if each.name == "kthreadd"}
    while new := {pid for pid, each in processes.items() if each.parent in found} - found:
        found |= new
    return found


def _percent(seconds: float, total: float) -> float:
    return round(100 * max(0.0, seconds) / total, 1)
