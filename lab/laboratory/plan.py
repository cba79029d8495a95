"""`./escala plan`: what a load needs, by the newest measurement; as a document and as text."""

import contextlib
import datetime
import math
import textwrap
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from lab import console
from lab.analysis import conditions, disturbance, needs, records, unit_costs, verdict, waiting
from lab.analysis.conditions import Condition, at_least, finite, number, percent
from lab.analysis.estimates import Interval
from lab.analysis.needs import CORE, GENERATOR, MACHINE, MAX_WIDTH, WORKER, Load, Needs, Part
from lab.analysis.records import Records
from lab.analysis.unit_costs import Measured
from lab.analysis.verdict import Measure
from lab.errors import Failure, WrongUsage
from lab.laboratory.plan_measurement import PLAN, RAW
from lab.stack import desired, machine
from lab.stack.home import Home

AGAIN = "./escala plan --again"
LIMIT = "limit: the requests/s of this mix that the part carries with the most processes"


def newest(home: Home) -> Path | None:
    """The newest measurement of this home that was finished and is of this machine."""
    for path in sorted((home.folder / "results").glob(f"*/{RAW}"), reverse=True):
        with contextlib.suppress(WrongUsage):
            if read(path)[1].cores == machine.cores():
                return path
    return None


class Plan:
    """What a load needs, judged from the raw records of one measurement."""

    def __init__(self, path: Path, load: Load) -> None:
        self.path, self.load = path, load
        self.records, measured = read(path)
        self.needs: Needs = needs.needs(measured, load, desired.LIMITS)

    @cached_property
    def doubts(self) -> list[str]:
        """Why the measurement says nothing, as sentences; each says what to do next."""
        found = [*disturbance.doubts(self.records, AGAIN)]
        failed, sent = self.records.failures()
        if failed > conditions.ALLOWED_FAILURES * sent:
            found.append(f"{failed} of {sent} requests failed: {AGAIN}")
        steady = self.records.where(part="reads")
        for doubt in verdict.doubts_about_load(self.records.phases, steady):
            found.append(f"{doubt}: {AGAIN}, while nothing else runs")
        for name, interval in (("processors", self.needs.processors), ("rate", self.needs.carries)):
            width = (interval.high - interval.low) / interval.value if interval.value else 0.0
            if width > MAX_WIDTH:
                found.append(
                    f"the interval of the {name} is {percent(width)} wide,"
                    f" at most {percent(MAX_WIDTH)} may"
                    f" be: {AGAIN}{', without --quick' * self.records.header['quick']}"
                )
        return found

    @property
    def condition(self) -> Condition:
        """Whether the measured machine carries the load."""
        name = "rate that the machine carries"
        return at_least(name, self.needs.limit, self.load.rate, "requests/s")

    @property
    def fits(self) -> str:
        """`true`, `false`, or `unknown`: doubted, or within the interval of what is carried."""
        state = self.condition.state
        return "unknown" if self.doubts or state == "undecided" else state

    def headline(self) -> str:
        """The answer in one sentence."""
        carried = number(self.needs.limit.value)
        if self.doubts:
            return "not known, because:"
        if self.needs.alone >= self.load.p95_ms:
            return (
                f"no: even one request at a time has a p95 of {number(self.needs.alone)} ms;"
                " choose another --p95"
            )
        about = f"the machine carries about {carried} requests/s of this mix"
        if self.fits == "true":
            return f"yes: {about}"
        if self.fits == "false":
            return f"no: {about}"
        _, low, high = self.needs.limit
        return f"not decided: {about}, between {number(low)} and {number(high)}"

    def sentences(self) -> list[str]:
        """What it needs and what the bottleneck is; the doubts when there are some."""
        if self.doubts:
            return self.doubts
        if self.needs.alone >= self.load.p95_ms:
            return []
        _, low, high = self.needs.limit
        generator = next(part for part in self.needs.parts if part.name == GENERATOR)
        (_, first), (rate, second), *_ = self.needs.ends
        return [
            f"it needs {bounds(self.needs.processors)} processors; the machine has"
            f" {self.needs.cores:g}. {number(generator.processors.value)} of them are used by the"
            " load generator, which runs here too",
            f"between {number(low)} and {number(high)} requests/s are carried; the bottleneck is"
            f" {with_article(first)}",
            f"the next limit is that of {with_article(second)}: {number(rate)} requests/s",
            "it assumes that requests arrive at random moments. The expensive ones make queues"
            f" {number(self.needs.longer)} times as long, and the instances have room for them, so"
            f" that at most {number(100 * waiting.REFUSED)} % of all are refused",
        ]

    def command(self) -> str:
        """What starts as many instances and workers as are needed."""
        count = {part.name: part.processes for part in self.needs.parts}
        return f"./escala up --replicas {count[CORE]} --workers {count[WORKER]}"

    def as_document(self) -> dict[str, Any]:
        """The plan for `--json`."""
        (_, first), (_, second), *_ = self.needs.ends
        about = self.records.header
        return {
            "rate": self.load.rate,
            "shares": self.load.shares,
            "p95_ms": self.load.p95_ms,
            "fits": self.fits,
            "because": self.doubts or [self.condition.sentence()] * (self.fits != "true"),
            "alone_p95_ms": round(self.needs.alone, 1),
            "cores": self.needs.cores,
            "processors": measure(self.needs.processors, "processors"),
            "carries": measure(self.needs.limit, "requests/s"),
            "assumes": {"queues_longer": round(self.needs.longer, 2), "refused": waiting.REFUSED},
            "ends_first": first,
            "ends_next": second,
            "parts": [row(part) for part in self.needs.parts],
            "measured": {name: about[name] for name in ("began", "quick", "seed", "commit")},
            "file": str(self.path),
        }

    def as_text(self) -> str:
        """The plan for the terminal, in 80 columns."""
        lines = [
            f"{number(self.load.rate)} requests/s ({shares_text(self.load)}), p95 within"
            f" {number(self.load.p95_ms)} ms",
            self.headline(),
            *(f"  {sentence}" for sentence in self.sentences()),
        ]
        text = [
            textwrap.fill(line, 80, subsequent_indent="    ", break_long_words=False)
            for line in lines
        ]
        if not self.doubts and math.isfinite(self.needs.processors.value):
            text += ["", *table(self.needs.parts), LIMIT]
        if self.fits == "true":
            text += ["", f"{self.command()} starts so much"]
        return "\n".join([*text, "", *map(partial(console.wrapped, indent=4), self.measured())])

    def measured(self) -> list[str]:
        """When and with which code it was measured, and whether the code is another one now."""
        when = datetime.datetime.fromisoformat(self.records.header["began"])
        then, now = self.records.header["commit"], machine.commit()
        code = f" with commit {then}" if then else ""
        said = [f"measured {when:%Y-%m-%d %H:%M}{code}; {AGAIN} measures again"]
        if then and now and then != now:
            said.append(f"this is commit {now}: a request may cost something else now")
        return said


def read(path: Path) -> tuple[Records, Measured]:
    """The records of a finished measurement, and what they say; WrongUsage when it is none."""
    try:
        found = records.read(path)
        if found.header["experiment"] == PLAN.ID and found.facts("ended"):
            return found, unit_costs.measured(found)
    except (Failure, OSError, LookupError, NameError, TypeError, ValueError, RuntimeError):
        pass  # not a file, of something else, or damaged
    raise WrongUsage(
        f"{path} is no finished measurement of ./escala plan",
        f"name a {RAW} of a folder in .escala/results/, or leave --from out",
    )


def with_article(part: str) -> str:
    return f"the {part}" if part == MACHINE else part


def shares_text(load: Load) -> str:
    shares = load.shares.items()
    return ", ".join(f"{number(100 * share)} % {kind}" for kind, share in shares if share)


def bounds(interval: Interval) -> str:
    """Such as `7.3 (6.6 to 8.1)`."""
    value, low, high = map(number, interval)
    return f"{value} ({low} to {high})"


def table(parts: tuple[Part, ...]) -> list[str]:
    """What each part needs, the part with the most processor time first."""
    lines = [f"{'part':<11}{'needed':>6}{'at most':>9}{'busy processors':>25}{'limit':>16}"]
    for part in sorted(parts, key=lambda part: -part.processors.value):
        value, low, high = part.processors
        busy = f"{value:.2f} ({low:.2f} to {high:.2f})"
        ends = f"{number(part.ends_at)}/s" if math.isfinite(part.ends_at) else "-"
        count, most = part.processes or "-", part.most or "-"
        lines.append(f"{part.name:<11}{count:>6}{most:>9}{busy:>25}{ends:>16}")
    return lines


def row(part: Part) -> dict[str, Any]:
    """A part for `--json`."""
    return {
        "name": part.name,
        "processes": part.processes,
        "most": part.most,
        "processors": measure(part.processors, "processors"),
        "ends_at": finite(part.ends_at),
    }


def measure(interval: Interval, unit: str) -> dict[str, Any]:
    """An interval for `--json`, without digits that mean nothing."""
    value, low, high = (round(bound, 3) for bound in interval)
    return Measure(value, low, high, unit).as_document()
