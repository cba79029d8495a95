"""Conditions: what a verdict is made of. Each has a name and one of three states.

A condition compares a figure with a threshold. It is `true` when the figure's whole interval keeps
to the threshold, `false` when the whole interval breaks it, and `undecided` in between, because
then another run could come out differently. What was counted has no interval: it is exact.
"""

import math
from typing import Any, NamedTuple

from lab.analysis import estimates
from lab.analysis.estimates import LEVEL, Interval

ALLOWED_FAILURES = 0.001  # the share of requests that may fail where few may
NOTHING = Interval(math.nan, math.nan, math.nan)  # the figure of what was never measured
AT_LEAST, AT_MOST, EXACTLY = "at least", "at most", "exactly"


class Condition(NamedTuple):
    """A figure with its interval, and what must be true of it; figure and threshold share a unit.

    `name` is a plain phrase that says what the figure is of.
    """

    name: str
    figure: Interval
    relation: str
    threshold: float
    unit: str

    @property
    def state(self) -> str:
        """`true`, `false` or `undecided`."""
        (_, low, high), limit = self.figure, self.threshold
        keeps, breaks = {
            AT_LEAST: (low >= limit, high < limit),
            AT_MOST: (high <= limit, low > limit),
            EXACTLY: (low == high == limit, limit < low or limit > high),
        }[self.relation]
        return "true" if keeps else "false" if breaks else "undecided"

    @property
    def needed(self) -> str:
        """What the figure must be, such as `at most 0.1 %`."""
        return f"{self.relation} {number(self.threshold)}{' %' * self.unit.startswith('%')}"

    def sentence(self) -> str:
        """The condition in words: its name, its figure, and what it must be."""
        value, low, high = map(number, self.figure)
        needed = f"{self.needed} {'allowed' if self.relation == AT_MOST else 'needed'}"
        if self.state != "undecided":
            if value == number(self.threshold) and self.figure.value != self.threshold:
                value = f"{self.figure.value:.6g}"  # rounded they would look alike
            bounds = f", between {low} and {high}" if low != high else ""
            return f"{self.name}: {value} {self.unit}{bounds}; {needed}"
        if math.isnan(self.figure.value):
            return f"{self.name}: not measured; {needed}"
        return f"{self.name}: between {low} and {high} {self.unit}; {needed}: not decided"

    def as_document(self) -> dict[str, Any]:
        """The condition for JSON, which has no infinity: null stands for infinite values."""
        bounds = {name: finite(value) for name, value in self.figure._asdict().items()}
        rest = {name: getattr(self, name) for name in ("unit", "threshold", "relation", "state")}
        return {"name": self.name} | bounds | rest


def at_least(name: str, figure: Interval | float, threshold: float, unit: str) -> Condition:
    """The figure must reach the threshold; a plain number is a figure that was counted."""
    return Condition(name, _interval(figure), AT_LEAST, threshold, unit)


def at_most(name: str, figure: Interval | float, threshold: float, unit: str) -> Condition:
    """The figure must not exceed the threshold."""
    return Condition(name, _interval(figure), AT_MOST, threshold, unit)


def exactly(name: str, count: float, threshold: float, unit: str) -> Condition:
    """What was counted must be exactly this."""
    return Condition(name, _interval(count), EXACTLY, threshold, unit)


def occurs(name: str, count: int, total: int, what: str) -> Condition:
    """At least one of all was counted, such as a request that fails without a protection.

    None is no proof that it never happens: perhaps the fault met nothing that was under way. So it
    is undecided then. The interval is exact.
    """
    none = NOTHING
    if total:
        none = Interval(0, 0, max(1, total * estimates.exact_share(0, total).high))
    return at_least(name, count or none, 1, f"of {total} {what}")


def few(
    name: str,
    count: int,
    total: int,
    what: str,
    allowed: float = ALLOWED_FAILURES,
    *,
    level: float = LEVEL,
) -> Condition:
    """At most the share `allowed` of all may be counted; `what` they are, such as `requests`.

    Some hundred requests cannot show that at most 0.1 % fail: even when none failed, an interval
    reaches far beyond. So the condition is about those that were sent. It is true when they kept to
    the share, which is a count and exact. It is false only when the exact interval of this level
    lies above the share: then it was no accident. In between it is undecided.
    """
    found = estimates.exact_share(count, total, level=level) if total else NOTHING
    if count <= allowed * total:
        found = _interval(found.value)
    return at_most(name, found.times(100), 100 * allowed, f"% of {total} {what}")


def number(value: float) -> str:
    """The number with three significant digits or all of its integer part; a dash for NaN."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"


def percent(share: float, digits: int = 0) -> str:
    """The share in percent, such as `33 %`."""
    return f"{100 * share:.{digits}f} %"


def signed(change: float) -> str:
    """The change in percent, such as `+33 %`."""
    return f"{100 * change:+.0f} %"


def finite(value: Any) -> Any:
    """The value, or None when it is infinite or NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _interval(figure: Interval | float) -> Interval:
    return figure if isinstance(figure, Interval) else Interval(figure, figure, figure)
