"""FIGURES: the picture of an experiment, for a screen, a printer and a chapter; the same bytes for the same records."""

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
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
}


def svg(experiment, records, title):
    """The experiment's figure as an SVG document; its title is what was found."""
    text = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": experiment.ID}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        experiment.figure(records, axes)
        # Text is text: a dollar in it begins no formula.
        axes.set_title(textwrap.fill(title[0].upper() + title[1:], 82), parse_math=False)
        # No date: the same records give the same file.
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
