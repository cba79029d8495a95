"""Needs: how many processors and processes a load takes that was never sent.

By arithmetic from unit costs (lab/analysis/unit_costs.py):

    processors of a part = idle + rate x (share of each kind x its cost)
    processors needed    = sum of all parts / what of them can be used (lab/analysis/waiting.py)

An instance is one Python process, so it uses one processor at most. HAProxy gives it SLOTS requests
at a time and refuses requests when more than QUEUE wait for each instance. The machine and each
part end at the rate at which nothing of them is left.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy

from lab.analysis import estimates, waiting
from lab.analysis.estimates import Interval
from lab.analysis.unit_costs import KINDS, Measured

LEVEL = 0.90  # of all intervals
ERROR = 0.05  # of the arithmetic itself, one standard error, besides what the turns differ by
MAX_WIDTH = 0.25  # of an interval, as a share of its value: a wider one is no answer
SLOTS = 5  # requests at a time in one instance: INSTANCE_REQUESTS in haproxy/haproxy.cfg
QUEUE = 20  # requests that wait for each instance before one is refused: avg_queue there
BUSY_WORKERS = 0.8  # of a worker's time: the rest is for reports that arrive close together
PROCESSES = {"relay": 1, "recorder": 2, "cache": 1, "broker": 1}  # that use one processor each
MACHINE, GENERATOR, CORE, WORKER = "processors", "generator", "core", "worker"


class Load(NamedTuple):
    """A wished load: requests/s, the share of each kind (they add up to 1), and its objective."""

    rate: float
    shares: dict[str, float]
    p95_ms: float


class Part(NamedTuple):
    """What one part of the system needs under the load."""

    name: str
    processors: Interval
    processes: int | None  # None where the number of processes does not limit it
    most: int | None  # processes that the system can have
    ends_at: float  # requests/s of this mix, however many processors there are


class Needs(NamedTuple):
    """What a load needs. The load generator is one of the parts: it runs on the same machine."""

    load: Load
    cores: float
    alone: float  # p95 (ms) of the mix with hardly any load
    longer: float  # how many times as long the queue is as that of requests that cost the same
    processors: Interval  # that must be there
    carries: Interval  # requests/s of this mix, by the processors that this machine has
    parts: tuple[Part, ...]

    @property
    def ends(self) -> list[tuple[float, str]]:
        """(requests/s, name) of the machine's processors and each part, the first to end first."""
        parts = [(part.ends_at, part.name) for part in self.parts]
        return sorted([(self.carries.value, MACHINE), *parts])

    @property
    def limit(self) -> Interval:
        """The highest rate of this mix that is carried here, in requests/s."""
        parts = min(part.ends_at for part in self.parts)
        return Interval(*(min(bound, parts) for bound in self.carries))


class Law(NamedTuple):
    """The law of a queue of requests that do not cost the same.

    A few that cost much make it longer than it would be if all cost the same: by
    (1 + E[cost²] / E[cost]²) / 2, as Allen and Cunneen say; with a single kind that is 1.
    """

    service: float  # ms that one request takes on average, times `longer`
    longer: float


class Sums(NamedTuple):
    """The arithmetic of one load; see needs()."""

    measured: Measured
    load: Load
    most: dict[str, int]
    patience: float  # ms that 95 % of the requests may wait

    @property
    def names(self) -> list[str]:
        """All parts."""
        return list(self.measured.turns[0])

    def idle(self, *names: str) -> list[float]:
        """The processors that these parts use together without any load, in each turn."""
        return [sum(turn[name].idle for name in names) for turn in self.measured.turns]

    def each(self, *names: str) -> list[float]:
        """The seconds that these parts use together for one request of the mix, in each turn."""
        shares = self.load.shares
        return [
            sum(shares[kind] * getattr(turn[name], kind) for name in names for kind in KINDS)
            for turn in self.measured.turns
        ]

    def used(self, *names: str) -> Interval:
        """The processors that these parts use together under the load."""
        pairs = zip(self.idle(*names), self.each(*names), strict=True)
        return of_turns(idle + self.load.rate * each for idle, each in pairs)

    def part(self, name: str, processors: int) -> Part:
        """What one part needs, and where it ends, on a machine with so many processors."""
        used, idle, each = self.used(name), mean(self.idle(name)), mean(self.each(name))
        if name == CORE:
            count, ends = self.instances(idle, each, processors), self.end_of_instances(idle, each)
            return Part(name, used, count, self.most[name], ends)
        if name == WORKER:
            of_worker = self.load.shares["reports"] * self.measured.report / BUSY_WORKERS
            count = max(1, math.ceil(self.load.rate * of_worker))
            return Part(name, used, count, self.most[name], rate_of(self.most[name], of_worker))
        processes = PROCESSES.get(name)
        ends = rate_of(waiting.USABLE * processes - idle, each) if processes else math.inf
        return Part(name, used, processes and 1, processes and 1, ends)

    def held(self) -> float:
        """The ms that a request of the mix occupies a slot, when it waits for nothing else."""
        shares, alone = self.load.shares, self.measured.alone
        return shares["reads"] * mean(alone["reads"]) + not_reads(shares) * mean(alone["orders"])

    def instances(self, idle: float, each: float, processors: int) -> int | None:
        """How many instances the load needs; None when no number is enough.

        They need processors, slots, and room for the requests that wait for processors.
        """
        rate, held, processes = self.load.rate, self.held(), self.law(CORE)
        busy, room = idle + rate * each, (QUEUE + SLOTS - 1) / processes.longer
        count = waiting.servers_for(busy, processes.service, self.patience, room)
        slots = waiting.servers_for(rate * held / 1000, held, self.patience, QUEUE / SLOTS)
        if count is None or slots is None:
            return None
        count = max(count, math.ceil(slots / SLOTS))
        share = min(waiting.USABLE, self.used(*self.names).value / processors)
        # What all instances together have no room for ends the processors earlier; see needs().
        while count < self.most[CORE] and self.refused(count, processors, share) > waiting.REFUSED:
            count += 1
        return count

    def end_of_instances(self, idle: float, each: float) -> float:
        """The rate at which the most instances that there can be are all busy, or their slots."""
        most, held = self.most[CORE], self.held()
        slots = most * SLOTS
        law = self.law(CORE)
        room = most * (QUEUE + SLOTS - 1) / law.longer
        share = waiting.usable(most, law.service, self.patience, room)
        of_slots = waiting.usable(slots, held, self.patience, most * QUEUE)
        return min(rate_of(most * share - idle, each), rate_of(slots * of_slots, held / 1000))

    def law(self, *names: str) -> Law:
        """The law of the queue for these parts together."""
        turns, each = self.measured.turns, mean(self.each(*names))
        costs = {k: mean([sum(getattr(t[n], k) for n in names) for t in turns]) for k in KINDS}
        square = sum(self.load.shares[kind] * cost**2 for kind, cost in costs.items())
        longer = (1 + square / each**2) / 2 if each else 1.0
        return Law(1000 * each * longer, longer)

    def refused(self, instances: int, processors: int, utilisation: float) -> float:
        """The share of requests that HAProxy refuses, because others wait for processors."""
        return waiting.share_refused(processors, utilisation, self.room(instances, processors))

    def room(self, instances: int, processors: int) -> float:
        """How many requests may wait for the processors in so many instances and their queues."""
        return max(0, (QUEUE + SLOTS) * instances - processors) / self.law(*self.names).longer


def needs(measured: Measured, load: Load, most: dict[str, int]) -> Needs:
    """What this load needs, when the system can have so many instances and workers at `most`.

    Processors are infinite when even one request alone takes longer than the objective.
    """
    alone = p95_of_mix(measured.alone, load.shares)
    sums, cores = Sums(measured, load, most, load.p95_ms - alone), int(measured.cores)
    names, used = sums.names, sums.used(*sums.names)
    (service, longer), room = sums.law(*names), sums.room(most[CORE], cores)
    # A larger machine would have as many more instances, and so as much room for each processor.
    count = waiting.servers_for(used.value, service, sums.patience, room / cores)
    share = waiting.usable(count, service, sums.patience, count * room / cores) if count else 0.0
    here = waiting.usable(cores, service, sums.patience, room) * measured.cores
    pairs = zip(sums.idle(*names), sums.each(*names), strict=True)
    carries = of_turns(rate_of(here - idle, each) for idle, each in pairs)
    processors = cores
    if count and load.rate > carries.value * (1 + 1e-6):  # more than this machine has
        processors = max(processors, count)
    return Needs(
        load,
        measured.cores,
        alone,
        longer,
        used.times(1 / share) if share else Interval(math.inf, math.inf, math.inf),
        carries,
        tuple(sums.part(name, processors) for name in names),
    )


def of_turns(values: Iterable[float]) -> Interval:
    """The mean over turns; its interval has what they differ by, and the ERROR of the model."""
    value, _, high = estimates.mean(list(values), level=LEVEL)
    half = math.hypot(high - value, estimates.half_width(LEVEL) * ERROR * value)
    return Interval(value, max(0.0, value - half), value + half)


def p95_of_mix(latencies: dict[str, list[float]], shares: dict[str, float]) -> float:
    """p95 (ms) of a mix of kinds whose latencies are known; a report's request is like an order."""
    weights = {"reads": shares["reads"], "orders": not_reads(shares)}
    values = [value for kind in weights for value in latencies[kind]]
    of_each = [weights[kind] / len(latencies[kind]) for kind in weights for _ in latencies[kind]]
    order = numpy.argsort(values)
    below = numpy.cumsum(numpy.array(of_each)[order])
    return float(numpy.array(values)[order][numpy.searchsorted(below, 0.95 * below[-1])])


def not_reads(shares: dict[str, float]) -> float:
    """The share of requests that write: those for reports are about as slow as orders."""
    return shares["orders"] + shares["reports"]


def rate_of(available: float, each: float) -> float:
    """The requests/s that so much is enough for, when each takes `each` of it."""
    return max(0.0, available) / each if each else math.inf


def mean(values: list[float]) -> float:
    return float(numpy.mean(values))
