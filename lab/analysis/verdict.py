"""JUDGEMENT: what an experiment's records say: the verdict, the finding in a sentence, the figures
behind it."""

import math
from typing import NamedTuple

from lab.analysis import estimates
from lab.analysis.estimates import littles_error

ERRORS = 0.001  # the share of requests that may fail where none should


class Measure(NamedTuple):
    """A figure with the bounds it lies between, and its unit."""

    value: float
    low: float
    high: float
    unit: str

    def as_document(self):
        """The figure as JSON has it, which knows no infinity: null says that there is no such
        number."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in self._asdict().items()
        }

    @classmethod
    def exact(cls, value, unit):
        """A figure that was counted."""
        return cls(value, value, value, unit)

    @classmethod
    def of(cls, interval, unit):
        return cls(*interval, unit)

    @classmethod
    def percent(cls, interval, unit="%"):
        """A share, in percent."""
        return cls(*(round(100 * bound, 1) for bound in interval), unit)


class Judgement(NamedTuple):
    """`verdict` is `true`, `false` or `unknown`; `doubts` are the reasons for `unknown`."""

    verdict: str
    finding: str  # one sentence, made from the data: the figure's title
    measures: dict  # name: Measure
    costs: tuple = ()  # sentences: what the property costs
    doubts: tuple = ()


def hardly_any(failed, sent):
    """Whether at most 0.1 % of these requests failed, and there were some."""
    return sent > 0 and failed <= ERRORS * sent


def decide(*conditions):
    """`true` when all hold."""
    return "true" if all(conditions) else "false"


LATE = 0.010  # seconds after its moment at which a request counts as sent late
MOST_LATE = 0.01  # the share of requests that may be late
MOST_LITTLE = 0.10  # how far Little's law may be off


def doubts(records, phases):
    """What speaks against these records, as sentences; `phases` are those that conclusions are
    drawn from."""
    return [*_saturation(records), *_little(phases), *_audit(records)]


def late_share(phases):
    """The share of all requests that the generator sent late."""
    requests = [request for phase in phases for request in phase.requests]
    return sum(request["start"] - request["at"] > LATE for request in requests) / max(
        1, len(requests)
    )


def _saturation(records):
    if (late := late_share(records.phases)) > MOST_LATE:
        yield f"the generator was too slow: {late:.1%} of the requests were sent more than {LATE * 1000:.0f} ms late"


def little(phases):
    """Little's law over all these phases: the mean of each one's error, weighted by its
    requests."""
    errors, weights = [], []
    for phase in phases:
        # From when requests were sent, not due: this is a check of what was measured, not of what
        # was wished.
        starts = [request["start"] for request in phase.requests]
        ends = [request["end"] for request in phase.requests]
        errors.append(littles_error(starts, ends, phase.warmup, phase.seconds))
        weights.append(len(starts))
    return sum(error * weight for error, weight in zip(errors, weights, strict=True)) / max(
        1, sum(weights)
    )


def _little(phases):
    if (error := little(phases)) > MOST_LITTLE:
        yield f"Little's law is off by {error:.0%}: the system had not settled, or the times are wrong"


def _audit(records):
    audits = records.facts("audit")
    # A proof may leave what an audit would wait for in vain.
    if not audits and not records.header["proving"]:
        yield "no audit was made"
    for fact in audits:
        for violation in fact["violations"][:3]:
            yield f"the audit found: {violation}"


def memory(facts, by):
    """{number: megabytes of the whole system}, for each number of `by` that these facts tell, as
    medians."""
    found = {}
    for fact in facts:
        found.setdefault(fact[by], []).append(fact["memory_mb"])
    return {number: estimates.median(values) for number, values in sorted(found.items())}


def of_each(found):
    """Megabytes for each one more, between the least and the greatest number."""
    least, most = min(found), max(found)
    return (found[most].value - found[least].value) / (most - least)


def sent_again(facts):
    """How many second attempts these facts tell of; LookupError when there are none, as in records
    of before."""
    if not facts:
        raise LookupError("second attempts were not counted")
    return sum(fact["count"] for fact in facts)
