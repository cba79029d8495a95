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
