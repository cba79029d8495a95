"""Unit costs: the processor time that one read, order or report takes in each part of the system.

The phases of a turn mix the kinds in different shares. What a part used in each of them,

    seconds used = idle x seconds + reads x cost + orders x cost + reports x cost

are as many equations as there are unknowns. So the cost of an order contains what it causes later
in other parts, and the reads that miss the cache because of it.
"""

import itertools
import statistics
from typing import Any, NamedTuple

import numpy
from scipy import optimize

from lab.analysis.records import Phase, Records, succeeded

KINDS = ("reads", "orders", "reports")


class Costs(NamedTuple):
    """What a part uses without any load (processors), and for one of each kind (seconds)."""

    idle: float
    reads: float
    orders: float
    reports: float


class Measured(NamedTuple):
    """What was measured on one machine; the plan of any load follows from it."""

    cores: float  # processors of the machine
    turns: tuple[dict[str, Costs], ...]  # of each part, measured once in each turn
    alone: dict[str, list[float]]  # latencies (ms) with hardly any load, by kind
    report: float  # the seconds that a worker needs for a report


def measured(records: Records) -> Measured:
    """What these records say; a KeyError or ValueError when they are not those of a plan."""
    (machine,) = records.facts("machine")
    turns = sorted({phase.labels["turn"] for phase in records.phases})
    alone = {kind: latencies(records.where(part="quiet"), kind) for kind in ("reads", "orders")}
    return Measured(
        machine["cores"],
        tuple(costs_of(records, records.where(turn=turn)) for turn in turns),
        alone,
        statistics.median(seconds_of_reports(records)),
    )


def costs_of(records: Records, phases: list[Phase]) -> dict[str, Costs]:
    """{part: its costs} by the phases of one turn; no cost is negative."""
    facts = [records.facts("processor time", phase=phase.number)[-1] for phase in phases]
    counts = [
        [fact["over"], *(len(of_kind(phase, kind)) for kind in KINDS[:2]), fact["reports"]]
        for phase, fact in zip(phases, facts, strict=True)
    ]
    parts = facts[0]["seconds"]
    used = {part: [fact["seconds"][part] for fact in facts] for part in parts}
    matrix = numpy.array(counts, dtype=float)
    scale = matrix.max(axis=0)  # a column of a kind that was not sent stays 0, and its cost is 0
    scale[scale == 0] = 1
    return {
        part: Costs(*(float(x) for x in optimize.nnls(matrix / scale, numpy.array(y))[0] / scale))
        for part, y in used.items()
    }


def of_kind(phase: Phase, kind: str) -> list[dict[str, Any]]:
    """The requests of this kind, with those of the warm-up: they use processors too."""
    return [each for each in phase.requests if (each["kind"] == "order") == (kind == "orders")]


def latencies(phases: list[Phase], kind: str) -> list[float]:
    """The latencies (ms) of the requests of this kind that succeeded, warm-up excluded."""
    return [
        1000 * (each["end"] - each["at"])
        for phase in phases
        for each in of_kind(phase, kind)
        if each["at"] >= phase.warmup and succeeded(each)
    ]


def seconds_of_reports(records: Records) -> list[float]:
    """Seconds between the ends of two reports, while others waited for the worker."""
    return [
        late - early
        for fact in records.facts("reports ended")
        for early, late in itertools.pairwise(fact["at"])
    ]
