"""CHARTS that more than one experiment draws: every bar says itself what it counts, also in black
and white."""

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
