"""Error rates of the laboratory: how often it finds what is not there, or misses what is.

Two sides are compared as experiments compare them: mean_change and change_of_latency, with
intervals. What was measured is a list of lines (lab/laboratory/error_rates.py writes them):
comparisons of two sides, and verdicts of experiments beside a program that burns processor time.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from lab.analysis import estimates
from lab.analysis.conditions import AT_LEAST, AT_MOST
from lab.analysis.estimates import Interval
from lab.analysis.records import Phase, change_of_latency

Line = dict[str, Any]
TIME, MEDIAN, P95 = "processor time", "median latency", "p95"
FIGURES = (TIME, MEDIAN, P95)
SLOWER, DEARER = "20 % of latency", "5 % of processor time"
# Each comparison of two sides looks at three figures. Together they may be wrong in 0.5 % of all
# comparisons, half of what is allowed, so that chance alone seldom exceeds it.
LEVEL = 1 - 0.005 / len(FIGURES)
MOST_DIFFERENT, LEAST_FOUND, MOST_UNKNOWN = 0.01, 0.95, 1 / 3
LEAST_SAME, LEAST_PLANTED = 200, 100  # comparisons
BURNT = (100, 30)  # percent of one processor


def changes(
    first: list[Phase], other: list[Phase], spent: tuple[list[float], list[float]]
) -> dict[str, Interval]:
    """{figure: relative change from `first` to `other`}; `spent` is the processor time of each."""
    middle = [[phase.latency(50) for phase in side] for side in (first, other)]
    return {
        TIME: estimates.mean_change(*spent, level=LEVEL),
        MEDIAN: estimates.mean_change(*middle, level=LEVEL),
        P95: change_of_latency(first, other, 95, level=LEVEL),
    }


def is_found(figure: str, change: Interval) -> bool:
    """Whether the two sides are said to differ in this figure.

    A latency has to change by more than 5 % too. Processor time does not: the planted effect is no
    larger than that.
    """
    if figure == TIME:
        return change.low > 0 or change.high < 0
    return estimates.is_difference(change)


class Rate(NamedTuple):
    """How often something was found, and how often it may be.

    `cases` are the comparisons, or the experiments, of which at least `least` must be measured.
    """

    name: str
    found: int
    total: int
    relation: str  # AT_LEAST or AT_MOST this share:
    allowed: float
    cases: int
    least: int

    @property
    def interval(self) -> Interval | None:
        """The share with its exact (Clopper-Pearson) 95 % interval; None without any case."""
        return estimates.exact_share(self.found, self.total) if self.total else None

    @property
    def state(self) -> str:
        """`kept`, `broken`, `too few` or `not measured`.

        With too few cases it is broken only when no further case could mend it.
        """
        if not self.total:
            return "not measured"
        bad, allowed = self.found, self.allowed
        if self.relation == AT_LEAST:
            bad, allowed = self.total - self.found, 1 - self.allowed
        if bad > allowed * max(self.total, self.least) + 1e-9:
            return "broken"
        return "kept" if self.cases >= self.least else "too few"

    def as_document(self) -> dict[str, Any]:
        """The rate for JSON; without any case `share`, `low` and `high` are null."""
        share, low, high = self.interval or (None, None, None)
        return self._asdict() | {"share": share, "low": low, "high": high, "state": self.state}


def rates(lines: Sequence[Line], experiments: int) -> list[Rate]:
    """Every rate that is promised; `experiments` is how many there are."""
    found = [*_of_equal_sides(lines), *_of_planted_effects(lines)]
    for burn in BURNT:
        for proving in (False, True):
            found += _of_verdicts(lines, burn, proving, experiments)
    return found


def _of_equal_sides(lines: Sequence[Line]) -> Iterator[Rate]:
    # What other programs disturbed is left out: an experiment would be unknown then.
    same = [line for line in lines if line["part"] == "same" and not line["disturbed"]]
    for name, figures in (*((each, (each,)) for each in FIGURES), ("any of these", FIGURES)):
        found = sum(any(line["found"][figure] for figure in figures) for line in same)
        what, number = f"equal sides, {name}: different", len(same)
        yield Rate(what, found, number, AT_MOST, MOST_DIFFERENT, number, LEAST_SAME)


def _of_planted_effects(lines: Sequence[Line]) -> Iterator[Rate]:
    for effect, figure in ((SLOWER, MEDIAN), (DEARER, TIME)):
        planted = [line for line in lines if line.get("effect") == effect and not line["disturbed"]]
        # It is found only in its direction: a side that costs more must not look cheaper.
        found = sum(line["found"][figure] and line["changes"][figure][0] > 0 for line in planted)
        number = len(planted)
        name = f"{effect}: found"
        yield Rate(name, found, number, AT_LEAST, LEAST_FOUND, number, LEAST_PLANTED)


def verdicts(lines: Iterable[Line], burn: int, proving: bool) -> list[Line]:
    """The lines of experiments beside such a burner, as they are or in a proof."""
    wanted = {"part": "burner", "burn": burn, "proving": proving}
    return [line for line in lines if wanted.items() <= line.items()]


def _of_verdicts(lines: Sequence[Line], burn: int, proving: bool, least: int) -> Iterator[Rate]:
    own, wrong = verdicts(lines, burn, proving), "true" if proving else "false"
    unknown = [line for line in own if line["verdict"] == "unknown"]
    where = f"{'proofs' if proving else 'claims'} beside {burn} % of a processor"
    counts = {wrong: (sum(line["verdict"] == wrong for line in own), 0.0)}
    if burn == max(BURNT):
        counts["unknown"] = len(unknown), MOST_UNKNOWN
    counts["unknown without a reason"] = sum(not line["because"] for line in unknown), 0.0
    cases = len({line["experiment"] for line in own})
    for what, (found, allowed) in counts.items():
        yield Rate(f"{where}: {what}", found, len(own), AT_MOST, allowed, cases, least)
