"""`./escala bench`: what a request costs in each tier, as processor time and as throughput.

What HAProxy costs is the difference between the rows `through HAProxy` and `without HAProxy`. Both
use one instance and send a token, because the edge cache ignores requests with a token.

The processor time of all processes is that of the whole system, from HAProxy to the supervisor, and
of the server that is measured. It contains what they use anyway meanwhile (`--idle`). For an order
it is counted until analytics has acknowledged it.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from lab.bench import long_tasks, rows, servers, targets
from lab.bench.rows import Row
from lab.bench.servers import Server
from lab.stack import desired, down, environment, machine, ports, process_tree, up
from lab.stack.home import Home
from lab.stack.status import logins
from lab.stack.supervisor import Supervisor
from lab.workload import shop
from lab.workload.http_client import bearer, request_ok

PAGE = "/api/products/"
TEN = ", 10 lines"  # in the names of rows; the other orders have two
TIERS = ("off", "local", "redis", "near")


def bench(*, peers: bool = False, repeats: int = 5, seconds: float = 2) -> dict[str, Any]:
    """{rows, ratios, targets, left_out, machine ...}: medians over `repeats` rounds.

    It starts a system of its own.
    """
    with system(settings=["EDGE_CACHE=on"]) as home:
        made, left_out = _servers(home, peers)
        with servers.running(made):
            by_name = {server.name: server for server in made}
            importer = by_name.pop(servers.IMPORTER, None)
            measure = partial(rows.measure, repeats=repeats, seconds=seconds, home=home)
            samples = measure(lambda: _rows(home, by_name))
            # Afterwards, because each import makes the catalogue larger.
            samples |= measure(lambda: _long_tasks(home, importer))
    table = [rows.summary(name, found) for name, found in samples.items()]
    ratios = targets.ratios(table)
    document = {
        "rows": table,
        "ratios": ratios,
        "targets": targets.ratio_targets(ratios),
        "left_out": left_out,
    }
    return document | machine.fingerprint()


@contextmanager
def system(
    *,
    replicas: int = 1,
    settings: Iterable[str] = (),
    amounts: dict[str, str] | None = None,
    board: bool = False,
) -> Iterator[Home]:
    """The home of a system that runs inside the `with` block and leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="escala-bench-") as folder:
        home = Home(f"{folder}/home", ports.free_base())
        home.create()
        with process_tree.cleanup_on_exit(lambda: down.down(home, wipe=True)):
            up.up(home, replicas=replicas, settings=settings, amounts=amounts, board=board)
            yield home


def _servers(home: Home, peers: bool) -> tuple[list[Server], dict[str, str]]:
    """The servers to compare, and {name: reason} of those that are not measured."""
    variables = environment.of_process(home, desired.load(home), "core-1")
    body = home.config / "page.json"
    body.write_bytes(request_ok(home.port("core-1"), "GET", PAGE).body)
    made = [Server(home, "bare", "lab.bench.peers.bare", variables | {"BARE_BODY": str(body)})]
    made += [Server(home, tier, "core_api.wsgi", variables | {"CACHE": tier}) for tier in TIERS]
    if not peers:
        left_out = (*servers.PEERS, targets.PEER_IMPORT)
        return made, dict.fromkeys(left_out, "only with --peers")
    python = servers.peers_python()
    others = [
        Server(home, peer, "lab.bench.peers.wsgi", variables | {"PEER": peer}, python=python)
        for peer in (*servers.PEERS, servers.IMPORTER)
    ]
    servers.make_tables(others[0])
    return made + others, {}


def _rows(home: Home, made: dict[str, Server]) -> list[Row]:
    front = f"http://127.0.0.1:{home.port('haproxy')}"
    direct = f"http://127.0.0.1:{home.port('core-1')}"
    customer, staff = (bearer(token_of(home, who)) for who in ("customer", "admin"))
    rows = [Row(name, server.url + PAGE, server.pid) for name, server in made.items()]
    redis = made["redis"]
    rows.append(Row("redis+token", redis.url + PAGE, redis.pid, customer))
    json = customer | {"Content-Type": "application/json"}
    rows += _order_rows(home, made, json)
    _, analytics = Supervisor(home).states()["analytics-1"]
    summary = f"http://127.0.0.1:{home.port('analytics-1')}/analytics/sales/summary/"
    rows.append(Row("analytics", summary, analytics, staff))
    rows.append(Row("edge", front + PAGE, headers={"Accept": "application/json"}, connections=16))
    # The token keeps the edge cache out of it, so these rows measure HAProxy and one instance.
    for where, address in (("through", front), ("without", direct)):
        rows.append(Row(f"{where} HAProxy", address + PAGE, headers=customer))
        missed = f"{where} HAProxy, missed"  # a page that is not in the cache
        rows.append(Row(missed, address + PAGE, headers=customer, new_urls=True))
    order = stocked_order(home)
    rows.append(Row("through HAProxy, order", f"{front}/api/orders/", headers=json, order=order))
    return rows


def _long_tasks(home: Home, importer: Server | None) -> list[Row]:
    return long_tasks.rows_of(home, bearer(token_of(home, "admin")), importer)


def _order_rows(home: Home, made: dict[str, Server], headers: dict[str, str]) -> list[Row]:
    """Orders of two and of ten lines; with --peers also `order plain`, by the server `plain`."""
    by_name = {"order": made["redis"]}
    if "plain" in made:
        by_name["order plain"] = made["plain"]
    return [
        Row(f"{name}{more}", server.url + "/api/orders/", server.pid, headers, order)
        for more, order in (("", stocked_order(home)), (TEN, stocked_order(home, lines=10)))
        for name, server in by_name.items()
    ]


def token_of(home: Home, who: str) -> str:
    """An access token of `customer` or `admin`."""
    login = {name: logins(home)[who][name] for name in ("username", "password")}
    return request_ok(home.port("core-1"), "POST", "/api/token/", login).document["access"]


def stocked_order(home: Home, *, lines: int = 2) -> dict[str, Any]:
    """The JSON body of an order of so many products with plenty in stock."""
    staff = bearer(token_of(home, "admin"))
    skus = shop.restock(home.port("core-1"), staff, count=lines)
    return {"lines": [{"sku": sku, "quantity": 1} for sku in skus]}
