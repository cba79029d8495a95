"""JUDGEMENT: what an experiment's records say: the verdict, the finding in a sentence, the figures behind it."""

from typing import NamedTuple


class Measure(NamedTuple):
    """A figure with the bounds it lies between, and its unit."""

    value: float
    low: float
    high: float
    unit: str

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


def decide(*conditions):
    """`true` when all hold."""
    return "true" if all(conditions) else "false"
