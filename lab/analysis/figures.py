"""FIGURES: the picture of an experiment, for a screen, a printer and a chapter; the same bytes for
the same records."""

import io
import textwrap

import matplotlib
from matplotlib.figure import Figure

WIDTH, HEIGHT = 7.5, 4.4  # inches; as wide as a page of A4 allows
STYLE = {
    "svg.fonttype": "path",  # letters as shapes: no machine lacks the font
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.titlesize": 11.5,
}


def svg(experiment, records, title):
    """The experiment's figure as an SVG document; its title is what was found."""
    text = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": experiment.ID}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        experiment.figure(records, axes)
        # The figure's title and not the axes', which begin further right. A dollar in it begins no
        # formula.
        words = textwrap.fill(title[0].upper() + title[1:], 86)
        figure.suptitle(words, x=0.01, horizontalalignment="left", parse_math=False)
        # No date: the same records give the same file.
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


COLORS = ("#0072B2", "#009E73", "#D55E00")


def counted(axes, groups, counts, kinds):
    """Groups of horizontal bars from {group: {what: count}}, the first group on top; each bar ends
    in `12 failed`.

    `counts` and `kinds` say for the axes what is counted, and what the groups are.
    """
    names = list(next(iter(groups.values())))
    height = 0.8 / len(names)
    for place, (name, color) in enumerate(zip(names, COLORS, strict=False)):
        found = [group[name] for group in groups.values()]
        heights = [group + (place - (len(names) - 1) / 2) * height for group in range(len(groups))]
        bars = axes.barh(heights, found, height * 0.85, color=color)
        axes.bar_label(bars, [f"{count} {name}" for count in found], padding=3)
    axes.set_yticks(range(len(groups)), list(groups))
    axes.invert_yaxis()
    axes.set(xlabel=counts, ylabel=kinds)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlim(
        0, 1.35 * max(1, *(count for group in groups.values() for count in group.values()))
    )


def split(axes, heights):
    """As many axes as there are relative heights, from top to bottom; together they take the place
    of `axes`.

    The first is `axes` itself.
    """
    grid = axes.get_subplotspec().subgridspec(len(heights), 1, height_ratios=heights)
    axes.set_subplotspec(grid[0])
    return [axes, *(axes.figure.add_subplot(grid[row]) for row in range(1, len(heights)))]
