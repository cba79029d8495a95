"""The targets of the benchmarks: ratios between rows, and limits for a large shop.

A ratio within one run is comparable even on a machine with other load. A missed target is reported;
it does not make the command fail.
"""

from typing import Any, NamedTuple

CPU, RATE = "cpu_us_per_request", "requests_per_second"

# The ratios of `./escala bench`.


class Ratio(NamedTuple):
    """A field of one row divided by that of another; its target is an upper or a lower limit.

    With `minus`, the field of a third row is subtracted first.
    """

    name: str
    row: str
    field: str
    other: str
    minus: str | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"<= {self.at_most:.3g}"
        return f">= {self.at_least:.3g}"

    def is_met(self, value: float) -> bool:
        if self.at_most is not None:
            return value <= self.at_most
        return value >= (self.at_least or 0)

    def was_measured(self, rows: dict[str, dict]) -> bool:
        return {self.row, self.other, self.minus or self.row} <= set(rows)

    def value(self, rows: dict[str, dict]) -> float:
        subtracted = rows[self.minus][self.field] if self.minus else 0
        return (rows[self.row][self.field] - subtracted) / rows[self.other][self.field]


RATIOS = (
    Ratio("CPU: off / plain", "off", CPU, "plain", at_most=0.8),
    Ratio("CPU: redis / plain", "redis", CPU, "plain", at_most=1 / 5),
    Ratio("CPU: near / plain", "near", CPU, "plain", at_most=1 / 9),
    Ratio("CPU: redis / bare", "redis", CPU, "bare", at_most=4),
    Ratio("CPU: near / bare", "near", CPU, "bare", at_most=2.5),
    Ratio("CPU: what a token adds / bare", "redis+token", CPU, "bare", minus="redis", at_most=1),
    Ratio("CPU: redis / cacheops", "redis", CPU, "cacheops", at_most=1 / 4),
    Ratio("CPU: redis / cachalot", "redis", CPU, "cachalot", at_most=1 / 4),
    Ratio("CPU: redis / cache_page", "redis", CPU, "cache_page", at_most=1.05),
    Ratio("requests/s: edge / plain", "edge", RATE, "plain", at_least=50),
    Ratio(
        "requests/s: through HAProxy / without",
        "through HAProxy",
        RATE,
        "without HAProxy",
        at_least=0.85,
    ),
    Ratio(
        "  the same, pages missed",
        "through HAProxy, missed",
        RATE,
        "without HAProxy, missed",
        at_least=0.85,
    ),
)


def ratios(rows: list[dict]) -> dict[str, float]:
    """{name: value} of every ratio whose rows were measured."""
    by_name = {row["name"]: row for row in rows}
    measured = [ratio for ratio in RATIOS if ratio.was_measured(by_name)]
    return {ratio.name: round(ratio.value(by_name), 3) for ratio in measured}


def ratio_targets(values: dict[str, float]) -> dict[str, dict[str, Any]]:
    """{name: {target, met}} of these ratios."""
    return {
        ratio.name: {"target": ratio.target, "met": ratio.is_met(values[ratio.name])}
        for ratio in RATIOS
        if ratio.name in values
    }


# The limits of `./escala bench --growth`.

GROWTH_LIMITS = {
    "page missed by the cache, large / small": 1.3,
    "order, large / small": 1.2,
    "slowest address of analytics, large, ms": 500,
    "import: all but validation / COPY": 10,
    "import: whole / validation": 2,
    "report: memory, MB": 200,
}


def growth_figures(document: dict[str, Any]) -> dict[str, float]:
    """{name: value} for each limit, from the rows and the long tasks of a benchmark."""
    rows = {row["name"]: row for row in document["rows"]}
    analytics = [row["large_ms"] for name, row in rows.items() if name.startswith("/analytics/")]
    whole, validation = (document["import"][f"{name}_seconds"] for name in ("whole", "validation"))
    values = (
        rows["page missed by the cache"]["ratio"],
        rows["order"]["ratio"],
        max(analytics),
        round((whole - validation) / document["import"]["copy_seconds"], 2),
        round(whole / validation, 2),
        document["report"]["peak_mb"],
    )
    return dict(zip(GROWTH_LIMITS, values, strict=True))


def growth_targets(figures: dict[str, float]) -> dict[str, dict[str, Any]]:
    """{name: {target, met}} of these figures."""
    return {
        name: {"target": f"<= {limit:g}", "met": figures[name] <= limit}
        for name, limit in GROWTH_LIMITS.items()
    }
