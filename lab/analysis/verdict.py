"""Judgement and Measure, which judge() of an experiment returns, and the checks of every run.

The costs that several experiments report are at the end.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

from lab.analysis import estimates, littles_law
from lab.analysis.conditions import Condition, finite, percent
from lab.analysis.estimates import Interval
from lab.analysis.records import Phase, Records

LATE_SECONDS = 0.010  # a request sent later than this after it was due counts as late
MAX_LATE_SHARE = 0.01  # of all requests
# Little's law: the requests in the system are the arrival rate times the mean latency.
# A queue that gets 1.3 times what it can serve is 0.23 away from it in a simulation.
MAX_LITTLES_ERROR = 0.10  # how far the phases may be from it


class Measure(NamedTuple):
    """A measured value with its bounds and its unit."""

    value: float
    low: float
    high: float
    unit: str

    def as_document(self) -> dict[str, Any]:
        """The measure for JSON, which has no infinity: null stands for infinite values."""
        return {name: finite(value) for name, value in self._asdict().items()}

    @classmethod
    def exact(cls, value: float, unit: str) -> Self:
        """A value that was counted: its bounds are the value itself."""
        return cls(value, value, value, unit)

    @classmethod
    def of(cls, interval: Interval, unit: str) -> Self:
        """An estimate with its interval."""
        return cls(*interval, unit)

    @classmethod
    def percent(cls, interval: Interval, unit: str = "%") -> Self:
        """A share with its interval, in percent."""
        value, low, high = (round(100 * bound, 1) for bound in interval)
        return cls(value, low, high, unit)


class Judgement(NamedTuple):
    """The result of an experiment: its verdict follows from conditions and doubts."""

    conditions: tuple[Condition, ...]  # all that the hypothesis says; each one with its figure
    finding: str  # one sentence, made from the data
    measures: dict[str, Measure]
    costs: tuple[str, ...] = ()  # sentences: what the property costs
    doubts: tuple[str, ...] = ()  # sentences: why the records decide nothing

    @property
    def verdict(self) -> str:
        """`unknown` when there is a doubt, `false` when a condition is; `true` when all are."""
        states = {condition.state for condition in self.conditions}
        if self.doubts or not states:
            return "unknown"
        return "false" if "false" in states else "unknown" if "undecided" in states else "true"

    @property
    def because(self) -> tuple[str, ...]:
        """Why the verdict is not `true`, as sentences: what is false, or doubted and undecided."""
        blamed = "false" if self.verdict == "false" else "undecided"
        sentences = [each.sentence() for each in self.conditions if each.state == blamed]
        if not self.doubts and not self.conditions:
            sentences = ["nothing was measured that could be judged"]
        return (*self.doubts, *sentences)

    @property
    def statement(self) -> str:
        """The verdict in one line: the finding when it is true, else the first reason."""
        if self.verdict == "true":
            return self.finding
        return f"{self.verdict}, because: {[*self.because, self.finding][0]}"


def in_words(sentence: str) -> str:
    """The sentence without the numbers of what was not measured, `inf` and `nan`."""
    return re.sub(r"[+-]?\b(inf|nan)\b( %)?", "(not measured)", sentence)


# Checks that every run makes on itself.


def doubts(records: Records, steady_phases: list[Phase]) -> list[str]:
    """The reasons not to trust these records, as sentences; none when they pass every check.

    Little's law is checked on `steady_phases`, those in which the system should have kept up.
    """
    return [
        *doubts_about_load(records.phases, steady_phases),
        *_doubts_about_disturbances(records.phases),
        *_doubts_about_capacities(records),
        *_doubts_from_audits(records),
    ]


def disturbed(what: str) -> str:
    """The doubt that follows from this sentence: the experiment does not explain it."""
    return f"{what}: something else disturbed the system"


def doubts_about_load(phases: list[Phase], steady_phases: list[Phase]) -> list[str]:
    """The reasons not to trust the load itself: late requests, or Little's law."""
    return [*_doubts_about_generator(phases), *_doubts_about_littles_law(steady_phases)]


def late_share(phases: list[Phase]) -> float:
    """The share of all requests that the generator sent late."""
    requests = [request for phase in phases for request in phase.requests]
    late = sum(request["start"] - request["at"] > LATE_SECONDS for request in requests)
    return late / max(1, len(requests))


def mean_littles_error(phases: list[Phase]) -> float:
    """How far these phases are from Little's law: their mean, weighted by their requests.

    Some are above it and some below by chance, which the mean evens out. Growth is always below.
    """
    total, requests = 0.0, 0
    for phase in phases:
        # From when requests were sent, not due: this checks what was measured.
        starts = [request["start"] for request in phase.requests]
        ends = [request["end"] for request in phase.requests]
        error = littles_law.error(starts, ends, phase.warmup, phase.seconds)
        total, requests = total + error * len(starts), requests + len(starts)
    return abs(total) / max(1, requests)


def _doubts_about_generator(phases: list[Phase]) -> Iterator[str]:
    if (late := late_share(phases)) > MAX_LATE_SHARE:
        yield (
            f"the generator was too slow: {percent(late, 1)} of the requests were sent more"
            f" than {LATE_SECONDS * 1000:.0f} ms late"
        )


def _doubts_about_littles_law(phases: list[Phase]) -> Iterator[str]:
    if (error := mean_littles_error(phases)) > MAX_LITTLES_ERROR:
        yield (
            f"Little's law is off by {percent(error)}, at most {percent(MAX_LITTLES_ERROR)} may be:"
            " requests piled up where the system should have kept up, so latencies decide nothing"
        )


def _doubts_about_disturbances(phases: list[Phase]) -> Iterator[str]:
    """Before the first fault of a phase the system is whole: no request may fail then."""
    failed = sum(
        request["end"] < phase.events[0]["at"]
        and (request["status"] == 0 or request["status"] >= 500)
        for phase in phases
        if phase.events
        for request in phase.requests
    )
    if failed:
        yield disturbed(f"{failed} requests failed before the fault")


def _doubts_about_capacities(records: Records) -> Iterator[str]:
    for fact in records.facts("no capacity"):
        where = ", ".join(f"{name} {value}" for name, value in fact["labels"].items())
        yield f"no capacity was found ({where}): {fact['why']}"


def _doubts_from_audits(records: Records) -> Iterator[str]:
    audits = records.facts("audit")
    # A proof may lose what an audit would wait for in vain, so it may do without one.
    if not audits and not records.header["proving"]:
        yield "no audit was made"
    for fact in audits:
        for violation in fact["violations"][:3]:
            yield f"the audit found: {violation}"


# Costs.


def memory_by(label: str, facts: Iterable[dict]) -> dict[int, Interval]:
    """{number: megabytes of the whole system}, for each value of this label in the facts."""
    found: dict[int, list[float]] = {}
    for fact in facts:
        found.setdefault(fact[label], []).append(fact["memory_mb"])
    return {number: estimates.span(values) for number, values in sorted(found.items())}


def memory_per_unit(memory: dict[int, Interval]) -> float:
    """Megabytes for each further instance or worker, between the fewest and the most."""
    fewest, most = min(memory), max(memory)
    return (memory[most].value - memory[fewest].value) / (most - fewest)


def second_attempts(facts: list[dict]) -> int:
    """The number of second attempts in these facts; LookupError when it was never recorded."""
    if not facts:  # the records were made by an older version
        raise LookupError("second attempts were not counted")
    return sum(fact["count"] for fact in facts)
