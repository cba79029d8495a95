"""The report of `./escala capacity`: report.html, made from the raw records in the same folder."""

import json
import math
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lab.analysis import figures
from lab.analysis.records import Phase, Records
from lab.laboratory import report
from lab.laboratory.answer import RAW, Answer, objective_text

DOCUMENT = "capacity.json"  # the machine and the versions
FAILED, CARRIED = "#D55E00", "#0072B2"


def is_in(folder: str | Path) -> bool:
    """Whether this folder has the results of `./escala capacity`."""
    return (Path(folder) / RAW).exists()


def save(folder: Path, machine: dict[str, Any]) -> None:
    """Writes what the raw records do not say, the machine, and then the report."""
    (folder / DOCUMENT).write_text(json.dumps(machine, indent=2) + "\n")
    write(folder)


def write(folder: str | Path) -> Path:
    """Writes report.html into the folder of a `./escala capacity`; returns its path."""
    path, answer = Path(folder) / "report.html", Answer(folder)
    run = json.loads((Path(folder) / DOCUMENT).read_text())
    html = report.template("capacity.html.j2").render(
        run=report.UNKNOWN | run,
        answer=answer,
        objective=objective_text(answer.objective),
        figure=report.as_url(figure(answer)) if answer.attempts else None,
    )
    path.write_text(html, encoding="utf-8")
    return path


def figure(answer: Answer) -> str:
    """The figure as SVG: latency over rate, and below it the rate of each attempt."""
    return figures.svg(Drawing(answer), answer.records, answer.headline())


class Drawing:
    """What figures.svg() needs of an experiment."""

    ID = "capacity"

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def figure(self, records: Records, axes: Axes) -> None:
        top, bottom = figures.stack_axes(axes, [3, 2])
        self.draw_latencies(top)
        self.draw_attempts(bottom)

    def groups(self) -> list[tuple[str, str, str, list[Phase]]]:
        """(label, marker, color, attempts) of those that were carried and of those that failed."""
        is_met = self.answer.objective.is_met_by
        carried = [phase for phase in self.answer.attempts if is_met(phase)]
        failed = [phase for phase in self.answer.attempts if not is_met(phase)]
        return [("carried", "o", CARRIED, carried), ("failed", "x", FAILED, failed)]

    def draw_latencies(self, axes: Axes) -> None:
        """p95 over the rate of each attempt; one without any success is not shown."""
        for label, marker, color, phases in self.groups():
            rates = [phase.rate for phase in phases]
            axes.plot(rates, p95s(phases), marker, color=color, markersize=5, label=label)
        limit = self.answer.objective.p95_ms
        axes.axhline(limit, color="0.3", linewidth=0.8, linestyle="--", label="objective")
        if self.answer.is_known:
            _, low, high = self.answer.interval
            axes.axvspan(low, high, color="0.85", label="capacity, 95 % interval")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set(xlabel="requests/s", ylabel="p95 (ms)", xlim=(0, None))
        axes.legend(loc="best", frameon=False, fontsize=9)

    def draw_attempts(self, axes: Axes) -> None:
        """The rate of each attempt, in order."""
        place = {id(phase): number for number, phase in enumerate(self.answer.attempts, 1)}
        axes.plot(
            list(place.values()),
            [phase.rate for phase in self.answer.attempts],
            color="0.7",
            linewidth=0.8,
        )
        for _, marker, color, phases in self.groups():
            places = [place[id(phase)] for phase in phases]
            rates = [phase.rate for phase in phases]
            axes.plot(places, rates, marker, color=color, markersize=5)
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.set(xlabel="attempt", ylabel="requests/s", ylim=(0, None))


def p95s(phases: list[Phase]) -> list[float]:
    """p95 of each; NaN, which is not drawn, for one in which nothing succeeded."""
    found = [phase.latency(95) for phase in phases]
    return [value if math.isfinite(value) else math.nan for value in found]
