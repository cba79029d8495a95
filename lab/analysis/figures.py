"""Figures: an experiment's figure as SVG, and the drawing that several experiments share.

The same records give the same bytes.
"""

import io
import textwrap
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lab.analysis.records import Records

WIDTH, HEIGHT = 7.5, 4.4  # inches; fits a page of A4
TITLE_COLUMNS = 86
COLORS = ("#0072B2", "#009E73", "#D55E00")
STYLE: dict[Any, Any] = {
    "svg.fonttype": "path",  # letters as shapes, so that every machine shows the same font
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.titlesize": 11.5,
}


def svg(experiment: Any, records: Records, title: str) -> str:
    """The experiment's figure as an SVG document; its title is the finding."""
    text = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": experiment.ID}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        experiment.figure(records, figure.add_subplot())
        # The figure's title, because that of the axes would begin further to the right.
        # Without parse_math=False a dollar sign would begin a formula.
        words = textwrap.fill(title[0].upper() + title[1:], TITLE_COLUMNS)
        figure.suptitle(words, x=0.01, horizontalalignment="left", parse_math=False)
        figure.savefig(text, format="svg", metadata={"Date": None})  # a date would change the bytes
    return text.getvalue()


def stack_axes(axes: Axes, relative_heights: list[float]) -> list[Axes]:
    """Divides the space of `axes` into rows of these relative heights; the first row is `axes`."""
    rows = len(relative_heights)
    place = axes.get_subplotspec()
    assert place  # every axes of add_subplot() has one
    grid = place.subgridspec(rows, 1, height_ratios=relative_heights)
    axes.set_subplotspec(grid[0])
    return [axes, *(axes.figure.add_subplot(grid[row]) for row in range(1, rows))]


def draw_counts(axes: Axes, groups: dict[str, dict[str, int]], *, xlabel: str, ylabel: str) -> None:
    """Draws {group: {name: count}} as groups of horizontal bars, each labelled `12 failed`."""
    names = list(next(iter(groups.values())))
    height = 0.8 / len(names)
    for row, (name, color) in enumerate(zip(names, COLORS, strict=False)):
        counts = [group[name] for group in groups.values()]
        positions = [group + (row - (len(names) - 1) / 2) * height for group in range(len(groups))]
        bars = axes.barh(positions, counts, height * 0.85, color=color)
        axes.bar_label(bars, [f"{count} {name}" for count in counts], padding=3)
    axes.set_yticks(range(len(groups)), list(groups))
    axes.invert_yaxis()
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 2.5, 5, 10]))
    longest = max(count for group in groups.values() for count in group.values())
    axes.set_xlim(0, 1.35 * max(1, longest))  # space for the labels
