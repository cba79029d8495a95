"""The targets of the benchmarks: ratios between rows, and limits for a large shop.

A ratio within one run is comparable even on a machine with other load. A missed target is reported;
it does not make the command fail.
"""

from typing import Any, NamedTuple

CPU, RATE = "cpu_us_per_request", "requests_per_second"
PEER_IMPORT = "import django-import-export"

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
    Ratio("CPU: off / plain", "off", CPU, "plain", at_most=0.6),
    Ratio("CPU: redis / plain", "redis", CPU, "plain", at_most=1 / 6),
    Ratio("CPU: near / plain", "near", CPU, "plain", at_most=1 / 10),
    Ratio("CPU: redis / bare", "redis", CPU, "bare", at_most=2.2),
    Ratio("CPU: near / bare", "near", CPU, "bare", at_most=1.35),
    Ratio("CPU: what a token adds / bare", "redis+token", CPU, "bare", minus="redis", at_most=0.5),
    Ratio("CPU: redis / cacheops", "redis", CPU, "cacheops", at_most=1 / 4),
    Ratio("CPU: redis / cachalot", "redis", CPU, "cachalot", at_most=1 / 4),
    Ratio("CPU: redis / cache_page", "redis", CPU, "cache_page", at_most=1.05),
    Ratio("CPU: order / order plain", "order", CPU, "order plain", at_most=0.75),
    Ratio("  the same, 10 lines", "order, 10 lines", CPU, "order plain, 10 lines", at_most=0.4),
    Ratio("rows/s: import / django-import-export", "import", RATE, PEER_IMPORT, at_least=3),
    Ratio("requests/s: edge / plain", "edge", RATE, "plain", at_least=50),
    Ratio(
        "requests/s: through HAProxy / without",
        "through HAProxy",
        RATE,
        "without HAProxy",
        at_least=0.92,
    ),
    Ratio(
        "  the same, pages missed",
        "through HAProxy, missed",
        RATE,
        "without HAProxy, missed",
        at_least=0.92,
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
    return _limited(figures, GROWTH_LIMITS)


# The limits of `./escala bench --idle`.

IDLE_LIMITS: dict[str, float] = {
    "all processes, % of one core": 2,
    "an order is in analytics, slowest, s": 1,
}


def idle_figures(document: dict[str, Any]) -> dict[str, float]:
    """{name: value} for each limit, from the rows of a benchmark and the delays of its orders."""
    values = (document["rows"][-1]["cpu_percent"], max(document["event_seconds"]))
    return dict(zip(IDLE_LIMITS, values, strict=True))


def idle_targets(figures: dict[str, float]) -> dict[str, dict[str, Any]]:
    """{name: {target, met}} of these figures."""
    return _limited(figures, IDLE_LIMITS)


def _limited(figures: dict[str, float], limits: dict[str, float]) -> dict[str, dict[str, Any]]:
    return {
        name: {"target": f"<= {limit:g}", "met": figures[name] <= limit}
        for name, limit in limits.items()
    }
