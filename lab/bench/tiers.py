"""`./escala bench`: what a request costs in each tier, as processor time and as throughput.

What HAProxy costs is the difference between the rows `through HAProxy` and `without HAProxy`. Both
use one instance and send a token, because the edge cache ignores requests with a token.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from lab.bench import rows, servers, targets
from lab.bench.rows import Row
from lab.bench.servers import Server
from lab.stack import desired, down, environment, machine, ports, process_tree, up
from lab.stack.home import Home
from lab.stack.status import logins
from lab.stack.supervisor import Supervisor
from lab.workload import shop
from lab.workload.http_client import bearer, request_ok

PAGE = "/api/products/"
TIERS = ("off", "local", "redis", "near")


def bench(*, peers: bool = False, repeats: int = 5, seconds: float = 2) -> dict[str, Any]:
    """{rows, ratios, targets, left_out, machine ...}: medians over `repeats` rounds.

    It starts a system of its own.
    """
    with system(settings=["EDGE_CACHE=on"]) as home:
        made, left_out = _servers(home, peers)
        with servers.running(made):
            by_name = {server.name: server for server in made}
            samples = rows.measure(lambda: _rows(home, by_name), repeats=repeats, seconds=seconds)
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
    *, settings: Iterable[str] = (), amounts: dict[str, str] | None = None
) -> Iterator[Home]:
    """The home of a system that runs inside the `with` block and leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="escala-bench-") as folder:
        home = Home(f"{folder}/home", ports.free_base())
        home.create()
        with process_tree.cleanup_on_exit(lambda: down.down(home, wipe=True)):
            up.up(home, replicas=1, settings=settings, amounts=amounts)
            yield home


def _servers(home: Home, peers: bool) -> tuple[list[Server], dict[str, str]]:
    """The servers to compare, and {name: reason} of those that are not measured."""
    variables = environment.of_process(home, desired.load(home), "core-1")
    body = home.config / "page.json"
    body.write_bytes(request_ok(home.port("core-1"), "GET", PAGE).body)
    made = [Server(home, "bare", "lab.bench.peers.bare", variables | {"BARE_BODY": str(body)})]
    made += [Server(home, tier, "core_api.wsgi", variables | {"CACHE": tier}) for tier in TIERS]
    if not peers:
        return made, dict.fromkeys(servers.PEERS, "only with --peers")
    python = servers.peers_python()
    made += [
        Server(home, peer, "lab.bench.peers.wsgi", variables | {"PEER": peer}, python=python)
        for peer in servers.PEERS
    ]
    return made, {}


def _rows(home: Home, made: dict[str, Server]) -> list[Row]:
    front = f"http://127.0.0.1:{home.port('haproxy')}"
    direct = f"http://127.0.0.1:{home.port('core-1')}"
    customer, staff = (bearer(token_of(home, who)) for who in ("customer", "admin"))
    rows = [Row(name, server.url + PAGE, server.pid) for name, server in made.items()]
    redis = made["redis"]
    rows.append(Row("redis+token", redis.url + PAGE, redis.pid, customer))
    json_headers = customer | {"Content-Type": "application/json"}
    rows.append(
        Row("order", redis.url + "/api/orders/", redis.pid, json_headers, stocked_order(home))
    )
    _, analytics = Supervisor(home).states()["analytics-1"]
    summary = f"http://127.0.0.1:{home.port('analytics-1')}/analytics/sales/summary/"
    rows.append(Row("analytics", summary, analytics, staff))
    rows.append(Row("edge", front + PAGE, headers={"Accept": "application/json"}, connections=16))
    # The token keeps the edge cache out of it, so these rows measure HAProxy and one instance.
    for where, address in (("through", front), ("without", direct)):
        rows.append(Row(f"{where} HAProxy", address + PAGE, headers=customer))
        missed = f"{where} HAProxy, missed"  # a page that is not in the cache
        rows.append(Row(missed, address + PAGE, headers=customer, new_urls=True))
    return rows


def token_of(home: Home, who: str) -> str:
    """An access token of `customer` or `admin`."""
    login = {name: logins(home)[who][name] for name in ("username", "password")}
    return request_ok(home.port("core-1"), "POST", "/api/token/", login).document["access"]


def stocked_order(home: Home) -> dict[str, Any]:
    """The JSON body of an order of two products with plenty in stock."""
    staff = bearer(token_of(home, "admin"))
    skus = shop.restock(home.port("core-1"), staff, count=2)
    return {"lines": [{"sku": sku, "quantity": 1} for sku in skus]}
