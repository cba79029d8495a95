"""CHART of a benchmark: processor time of a page in each tier, as SVG; the same document gives the
same picture."""

import io

import matplotlib
from matplotlib.figure import Figure

from lab.targets import PEERS

OURS, OTHERS, FLOOR = "#0072b2", "#9a9a9a", "#d55e00"  # told apart without colour vision, too
SHOWN = ("bare", "near", "local", "redis", "redis+token", "off", *PEERS)


def chart(document):
    """A bar for each page that was measured, cheapest first, with its figure; the title says what
    was found."""
    spent = {
        row["name"]: row["cpu_us_per_request"] for row in document["rows"] if row["name"] in SHOWN
    }
    rows = sorted(spent.items(), key=lambda row: -row[1])
    figure = Figure(figsize=(8, 0.6 + 0.38 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    bars = axes.barh([name for name, _ in rows], [value for _, value in rows], color=_colours(rows))
    axes.bar_label(bars, [f"{value:,} µs" for _, value in rows], padding=3)
    axes.set_title(finding(spent), loc="left", fontsize=11)
    axes.set_xlabel(
        "processor time of one instance for a page of 20 products, µs (median of the rounds)"
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.12)
    return _as_svg(figure)


def finding(spent):
    """What the figures say, in one sentence."""
    if "plain" not in spent:
        return f"A page from near takes {spent['near'] / spent['bare']:.1f} times as long as a bare callable"
    return (
        f"Stock DRF takes {spent['plain'] / spent['redis']:.1f} times as long for a page as Redis, "
        f"and {spent['plain'] / spent['near']:.1f} times as long as near"
    )


def _colours(rows):
    return [FLOOR if name == "bare" else OTHERS if name in PEERS else OURS for name, _ in rows]


def _as_svg(figure):
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "escala", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
