"""JUDGEMENT: what an experiment's records say: the verdict, the finding in a sentence, the figures
behind it."""

import math
from typing import NamedTuple

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
