"""`./escala bench --prices`: what each protection costs, in per cent of the request without it.

The same request goes to two servers: to one with the protection, and to one whose code has a patch
of lab/patches that takes the protection away. They share the databases and the cache, and are
measured in turn, round after round. A price below 0 means that the protection saves time.
"""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from lab import patches
from lab.bench import rows, servers, tiers
from lab.bench.rows import Row, Sample
from lab.bench.servers import Server
from lab.stack import credentials, desired, environment, machine, ports, postgres, programs
from lab.stack.home import ROOT, Home
from lab.workload.http_client import bearer


class Price(NamedTuple):
    """A protection, the patch that takes it away, and the request whose cost is compared."""

    protection: str
    patch: str
    request: str


HIT, MISS, ORDER, TEN = "cached page", "missed page", "order", "order, 10 lines"
FRONT = "HAProxy, "  # the front is compared, not the instance
PRICES = (
    Price("idempotency key", "idempotency-key", ORDER),
    Price("outbox", "outbox", ORDER),
    Price("stock movements", "stock-movements", ORDER),
    Price("conditional update", "conditional-update", ORDER),
    Price("one sorted statement", "sorted-lines", TEN),
    Price("invalidation", "invalidation", ORDER),
    Price("guard against a stampede", "stampede-guard", MISS),
    Price("check of the connection", "connection-health-checks", MISS),
    Price("one write for head and body", "one-write", HIT),
    Price("retries", "l7-retries", FRONT + HIT),
    Price("buffering of the request", "request-buffering", FRONT + ORDER),
    Price("health checks", "health-checks", FRONT + HIT),
)
# The part of a patch that is in a migration: while that request is measured the table lacks it.
TABLES = {
    "idempotency-key": (
        "ALTER TABLE orders_order DROP CONSTRAINT one_order_per_user_and_key",
        "ALTER TABLE orders_order"
        " ADD CONSTRAINT one_order_per_user_and_key UNIQUE (user_id, idempotency_key)",
    )
}


def prices(*, repeats: int = 5, seconds: float = 2) -> dict[str, Any]:
    """{rows: [{protection, patch, request, cpu_percent, low, high, fleet_percent}], machine ...}.

    `cpu_percent` is of the process that has the protection: the instance or HAProxy; `low` and
    `high` are its smallest and largest value in a round. `fleet_percent` is of all processes. The
    percentages are medians over `repeats` rounds. It starts a system of its own.
    """
    with tiers.system() as home, tempfile.TemporaryDirectory(prefix="escala-prices-") as folder:
        made = _servers(home, Path(folder))
        with servers.running(list(made.values())):
            samples = rows.measure(
                lambda: _rows(home, made), repeats=repeats, seconds=seconds, home=home
            )
    return {"rows": table(samples)} | machine.fingerprint()


def table(samples: dict[str, list[Sample]]) -> list[dict[str, Any]]:
    """The rows, from the samples of each request and of each `PATCH: REQUEST`."""
    return [_line(each, samples[each.request], samples[_name(each)]) for each in PRICES]


def _line(price: Price, kept: list[Sample], removed: list[Sample]) -> dict[str, Any]:
    pairs = list(zip(kept, removed, strict=True))
    cpu = [_percent(one.cpu_us, other.cpu_us) for one, other in pairs]
    whole = [_percent(one.fleet_us, other.fleet_us) for one, other in pairs]
    return price._asdict() | {
        "cpu_percent": round(statistics.median(cpu), 1),
        "low": round(min(cpu), 1),
        "high": round(max(cpu), 1),
        "fleet_percent": round(statistics.median(whole), 1),
    }


def _percent(kept: float | None, removed: float | None) -> float:
    assert kept and removed  # each of these rows has a process, and is measured with its system
    return 100 * (kept / removed - 1)


def _name(price: Price) -> str:
    return f"{price.patch}: {price.request}"


def _servers(home: Home, folder: Path) -> dict[str, Server]:
    """{patch: its server}; that of the request without a patch is called by the request's kind."""
    state = desired.load(home)
    instance = environment.of_process(home, state, "core-1")
    found = {}
    for patch, request in [("", HIT), ("", FRONT + HIT), *((p.patch, p.request) for p in PRICES)]:
        tree = ROOT
        if patch:
            tree = folder / patch
            patches.copy_tree(tree)
            patches.apply_patch(patches.patch_named(patch), tree)
        if request.startswith(FRONT):
            found[patch or FRONT] = _haproxy(home, patch or "front", tree)
        else:
            found[patch] = Server(home, patch or "core", "core_api.wsgi", instance, tree=tree)
    return found


def _haproxy(home: Home, name: str, tree: Path) -> Server:
    """Another HAProxy in front of the instances of the system."""
    variables = environment.of_process(home, desired.load(home), "haproxy")
    variables |= {"STATS_BIND": f"127.0.0.1:{ports.free_port()}"}
    del variables["ADMIN_SOCKET"]  # the other HAProxy has it
    server = Server(home, name, "", variables, tree=tree)
    server.variables["FRONT_BIND"] = f"127.0.0.1:{server.port}"
    config = tree / "haproxy" / "haproxy.cfg"
    server.command = [programs.find("haproxy", "haproxy"), "-db", "-f", str(config)]
    return server


def _rows(home: Home, made: dict[str, Server]) -> Iterator[Row]:
    """A row for each request, then one for each patch; a generator, for the sake of TABLES."""
    customer = bearer(tiers.token_of(home, "customer"))
    json = customer | {"Content-Type": "application/json"}
    orders = {ORDER: tiers.stocked_order(home), TEN: tiers.stocked_order(home, lines=10)}

    def row(name: str, request: str, server: Server) -> Row:
        kind = request.removeprefix(FRONT)
        if kind in orders:
            url = f"{server.url}/api/orders/"
            return Row(name, url, server.pid, json, order=orders[kind])
        return Row(name, server.url + tiers.PAGE, server.pid, customer, new_urls=kind == MISS)

    for request in dict.fromkeys(price.request for price in PRICES):
        yield row(request, request, made[FRONT if request.startswith(FRONT) else ""])
    for price in PRICES:
        with _without(home, price.patch):
            yield row(_name(price), price.request, made[price.patch])


@contextmanager
def _without(home: Home, patch: str) -> Iterator[None]:
    if patch not in TABLES:
        yield
        return
    remove, restore = TABLES[patch]
    password = credentials.load(home)["POSTGRES_PASSWORD"]
    with postgres.connect(home.port("postgres"), "postgres", password, "core") as connection:
        connection.execute(remove)
        try:
            yield
        finally:
            connection.execute(restore)
