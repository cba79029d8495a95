"""PANELS: one figure with several axes below each other, for an experiment that measures more than
one thing."""


def split(axes, heights):
    """As many axes as there are relative heights, from top to bottom; together they take the place
    of `axes`.

    The first is `axes` itself.
    """
    grid = axes.get_subplotspec().subgridspec(len(heights), 1, height_ratios=heights)
    axes.set_subplotspec(grid[0])
    return [axes, *(axes.figure.add_subplot(grid[row]) for row in range(1, len(heights)))]
