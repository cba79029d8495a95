"""RATIOS: what a benchmark's rows say about each other; a ratio within one run is what a noisy
machine can tell.

Each has a target: what Escala sets out to reach. Whether it was reached is told, and is no failure
of the command.
"""

from typing import NamedTuple

SPENT, RATE = "cpu_us_per_request", "requests_per_second"


class Ratio(NamedTuple):
    """A field of one row, divided by that of another row; its target is a limit from above or from
    below."""

    name: str
    row: str
    field: str
    other: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def target(self):
        return f"<= {self.at_most:.3g}" if self.at_most else f">= {self.at_least:.3g}"

    def is_met(self, value):
        return value <= self.at_most if self.at_most else value >= self.at_least


TOKEN = Ratio("CPU: what a token adds / bare", "redis+token", SPENT, "bare", at_most=1)
RATIOS = (
    Ratio("CPU: off / plain", "off", SPENT, "plain", at_most=0.8),
    Ratio("CPU: redis / plain", "redis", SPENT, "plain", at_most=1 / 5),
    Ratio("CPU: near / plain", "near", SPENT, "plain", at_most=1 / 9),
    Ratio("CPU: redis / bare", "redis", SPENT, "bare", at_most=4),
    Ratio("CPU: near / bare", "near", SPENT, "bare", at_most=2.5),
    TOKEN,
    Ratio("CPU: redis / cacheops", "redis", SPENT, "cacheops", at_most=1 / 4),
    Ratio("CPU: redis / cachalot", "redis", SPENT, "cachalot", at_most=1 / 4),
    Ratio("CPU: redis / cache_page", "redis", SPENT, "cache_page", at_most=1.05),
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


def ratios(rows):
    """{name: value} of every ratio whose rows were measured."""
    found = {row["name"]: row for row in rows}
    return {
        ratio.name: round(_value(ratio, found), 3)
        for ratio in RATIOS
        if {ratio.row, ratio.other} <= set(found) and (ratio is not TOKEN or "redis" in found)
    }


def ratio_targets(told):
    """{name: {target, met}} of these ratios."""
    return {
        ratio.name: {"target": ratio.target, "met": ratio.is_met(told[ratio.name])}
        for ratio in RATIOS
        if ratio.name in told
    }


def _value(ratio, found):
    upper = found[ratio.row][ratio.field]
    if ratio is TOKEN:
        upper -= found["redis"][ratio.field]
    return upper / found[ratio.other][ratio.field]


GROWTH_LIMITS = {
    "page missed by the cache, large / small": 1.3,
    "order, large / small": 1.2,
    "slowest address of analytics, large, ms": 500,
    "import: all but validation / COPY": 10,
    "import: whole / validation": 2,
    "report: memory, MB": 200,
}


def growth_figures(document):
    """{name: value} of each limit, from the rows and the long tasks of a benchmark."""
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


def growth_targets(told):
    """{name: {target, met}} of these figures."""
    return {
        name: {"target": f"<= {limit:g}", "met": told[name] <= limit}
        for name, limit in GROWTH_LIMITS.items()
    }
