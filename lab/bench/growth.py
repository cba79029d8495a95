"""`./escala bench --growth`: the same requests to a small shop and to one 100 times larger.

Larger tables cost time in Postgres, not in the instance. So the latency on one connection counts
here, which includes the database, and not the processor time of an instance. Past orders and facts
are written with SQL, and ANALYTICS is off: to send a hundred thousand events through the recorder
would take longer than everything else here.
"""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from lab import console
from lab.bench import growth_data, growth_tasks, rows, targets, tiers
from lab.bench.rows import Row, Sample
from lab.stack import credentials, machine, postgres
from lab.stack.home import Home
from lab.workload.http_client import bearer, request_ok

LINES = 10  # products in each past order: the large shop has a million lines
SMALL = {"products": 1_000, "orders": 1_000, "facts": 10_000}
LARGE = {name: 100 * count for name, count in SMALL.items()}
PAGE, ORDER = "page missed by the cache", "order"
# The largest query of an address: all days, the longest list.
LARGEST_QUERY = {
    "/analytics/sales/daily/": "?from=2000-01-01",
    "/analytics/sales/top-products/": "?limit=100",
}


def growth(
    *,
    repeats: int = 5,
    seconds: float = 2,
    small: dict[str, int] = SMALL,
    large: dict[str, int] = LARGE,
    imported: int = 100_000,
) -> dict[str, Any]:
    """{sizes, rows, report, import, figures, targets, machine ...}: medians over all rounds."""
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
def _filled(size: dict[str, int]) -> Iterator[Home]:
    """The home of a running system with so many products, past orders and facts.

    Its tables are vacuumed and analysed.
    """
    amounts = {"products": str(size["products"]), "orders": "0"}
    with tiers.system(settings=["ANALYTICS=off"], amounts=amounts) as home:
        with console.step(f"{size['orders']:,} orders and {size['facts']:,} facts written"):
            _write_past(home, **size)
        yield home


def _write_past(home: Home, *, products: int, orders: int, facts: int) -> None:
    with _connected(home, "core") as core:
        growth_data.write_orders(core, products=products, orders=orders, lines=LINES)
    with _connected(home, "analytics") as analytics:
        growth_data.write_facts(analytics, products=products, facts=facts, lines=LINES)
    for database in postgres.SERVICES:
        # Autovacuum would do this within minutes. The time right after a million rows were written
        # is not what is to be measured.
        with _connected(home, database, user="postgres") as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")


def _connected(home: Home, database: str, *, user: str | None = None) -> psycopg.Connection:
    variable = "POSTGRES_PASSWORD" if user else f"{database.upper()}_DATABASE_PASSWORD"
    password = credentials.load(home)[variable]
    return postgres.connect(home.port("postgres"), user or database, password, database)


def _rows(home: Home, size: str) -> list[Row]:
    shop = f"http://127.0.0.1:{home.port('core-1')}"
    customer = bearer(tiers.token_of(home, "customer")) | {"Content-Type": "application/json"}
    staff = bearer(tiers.token_of(home, "admin"))
    order = tiers.stocked_order(home)
    found = [
        Row(PAGE, shop + tiers.PAGE, new_urls=True),
        Row(ORDER, f"{shop}/api/orders/", headers=customer, order=order),
        *(Row(path, _analytics_url(home, path), headers=staff) for path in _analytics_paths(home)),
    ]
    return [row._replace(name=f"{size} {row.name}", connections=1) for row in found]


def _analytics_paths(home: Home) -> list[str]:
    """Every address of analytics that can be read, according to its own OpenAPI document."""
    path = "/analytics/schema/?format=json"
    schema = request_ok(home.port("analytics-1"), "GET", path).document
    return sorted(path for path, methods in schema["paths"].items() if "get" in methods)


def _analytics_url(home: Home, path: str) -> str:
    return f"http://127.0.0.1:{home.port('analytics-1')}{path}{LARGEST_QUERY.get(path, '')}"


def table(samples: dict[str, list[Sample]]) -> list[dict[str, Any]]:
    """[{name, small_ms, large_ms, ratio, spread}] from {"small NAME": samples, "large NAME": ...}.

    The spread is that of the large shop.
    """
    names = dict.fromkeys(name.partition(" ")[2] for name in samples)
    return [_line(name, samples[f"small {name}"], samples[f"large {name}"]) for name in names]


def _line(name: str, small: list[Sample], large: list[Sample]) -> dict[str, Any]:
    small_ms, large_ms = (statistics.median(s.p50_ms for s in each) for each in (small, large))
    return {
        "name": name,
        "small_ms": round(small_ms, 2),
        "large_ms": round(large_ms, 2),
        "ratio": round(large_ms / small_ms, 3),
        "spread": rows.spread([sample.p50_ms for sample in large]),
    }
