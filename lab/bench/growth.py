"""GROWTH: the same questions to a shop and to one a hundred times larger, in turn, in one run.

Larger tables are felt in Postgres and not in the instance. So what counts is how long an answer
takes on one connection, the database's part included, and not the processor time of an instance.
Facts are made by analytics' own seed, with ANALYTICS=off: a hundred thousand events through the
recorder would take longer than everything else here.
"""

import json
import statistics
from contextlib import contextmanager

from lab import console
from lab.bench import growth_tasks, rows, targets, tiers
from lab.bench.rows import Row
from lab.stack import credentials, desired, machine, manage, postgres

LINES = 10  # products in each past order, so that their lines, too, are a million
SMALL = {"products": 1_000, "orders": 1_000, "facts": 10_000}
LARGE = {name: 100 * count for name, count in SMALL.items()}
PAGE, ORDER = "page missed by the cache", "order"
# The most that an address can be asked for: of all days, and as many products as it lists.
MOST = {
    "/analytics/sales/daily/": "?from=2000-01-01",
    "/analytics/sales/top-products/": "?limit=100",
}


def growth(*, repeats=5, seconds=2, small=SMALL, large=LARGE, imported=100_000):
    """{sizes, rows, report, import, figures, targets, machine ...}: medians over `repeats`
    rounds."""
    with _filled(small) as few, _filled(large) as many:
        samples = rows.measure(
            lambda: [*_rows(few, "small"), *_rows(many, "large")], repeats=repeats, seconds=seconds
        )
        document = {
            "sizes": {"small": small, "large": large, "imported": imported},
            "rows": table(samples),
            "report": growth_tasks.report(many),
            "import": growth_tasks.imports(many, imported, repeats=min(3, repeats)),
        }
    figures = targets.growth_figures(document)
    document |= {"figures": figures, "targets": targets.growth_targets(figures)}
    return document | machine.fingerprint()


@contextmanager
def _filled(size):
    """The home of a system with so many products, past orders and facts, its tables vacuumed and
    analysed."""
    amounts = {name: str(size[name]) for name in ("products", "orders")} | {"lines": str(LINES)}
    with tiers.system(settings=["ANALYTICS=off"], amounts=amounts) as home:
        with console.step(f"{size['facts']:,} facts seeded"):
            seed = ("analytics", "seed", "--facts", str(size["facts"]))
            manage.manage(home, desired.load(home), seed, seconds=manage.SEED_SECONDS)
        _settle(home)
        yield home


def _settle(home):
    # What autovacuum brings about within minutes: nobody measures the moment after a million rows
    # were written.
    password = credentials.load(home)["POSTGRES_PASSWORD"]
    for database in postgres.SERVICES:
        with postgres.connect(home.port("postgres"), "postgres", password, database) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")


def _rows(home, size):
    shop = f"http://127.0.0.1:{home.port('core-1')}"
    customer = tiers.bearer(tiers.token_of(home, "customer")) | {"Content-Type": "application/json"}
    staff = tiers.bearer(tiers.token_of(home, "admin"))
    order = tiers.stocked_order(home)
    asked = [
        Row(PAGE, shop + tiers.PAGE, anew=True),
        Row(ORDER, f"{shop}/api/orders/", headers=customer, order=order),
        *(Row(path, _analytics(home, path), headers=staff) for path in _addresses(home)),
    ]
    return [row._replace(name=f"{size} {row.name}", connections=1) for row in asked]


def _addresses(home):
    """Every address of analytics that can be read, as its own OpenAPI document says."""
    schema = json.loads(
        tiers.ask(home.port("analytics-1"), "GET", "/analytics/schema/?format=json")
    )
    return sorted(path for path, methods in schema["paths"].items() if "get" in methods)


def _analytics(home, path):
    return f"http://127.0.0.1:{home.port('analytics-1')}{path}{MOST.get(path, '')}"


def table(samples):
    """[{name, small_ms, large_ms, ratio, spread}] of {"SIZE NAME": [Sample]}; the spread is that of
    the large shop."""
    names = dict.fromkeys(name.partition(" ")[2] for name in samples)
    return [_line(name, samples[f"small {name}"], samples[f"large {name}"]) for name in names]


def _line(name, small, large):
    few, many = ([sample.p50_ms for sample in found] for found in (small, large))
    quarters = statistics.quantiles(many, n=4)
    middle = statistics.median(many)
    return {
        "name": name,
        "small_ms": round(statistics.median(few), 2),
        "large_ms": round(middle, 2),
        "ratio": round(middle / statistics.median(few), 3),
        "spread": round((quarters[2] - quarters[0]) / middle, 3),
    }
