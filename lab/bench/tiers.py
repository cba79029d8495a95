"""BENCH: what a request costs in each tier, as processor time of the instance and as throughput,
compared in one run.

HAProxy's cost is that of the rows `through HAProxy` and `without HAProxy`: one instance, and a
token, so that the edge cache keeps out.
"""

import http.client
import json
import tempfile
from contextlib import contextmanager

from lab.bench import rows, servers, targets
from lab.bench.rows import Row
from lab.bench.servers import Target
from lab.errors import Failure
from lab.stack import desired, down, environment, machine, ports, process_tree, up
from lab.stack.home import Home
from lab.stack.status import logins
from lab.stack.supervisor import Supervisor
from lab.workload import shop

PAGE = "/api/products/"
TIERS = ("off", "local", "redis", "near")


def bench(*, peers=False, repeats=5, seconds=2):
    """{rows, ratios, targets, left_out, machine ...}: medians over `repeats` rounds, on a system of
    its own."""
    with system(settings=["EDGE_CACHE=on"]) as home:
        made, left_out = _targets(home, peers)
        with servers.running(made):
            by_name = {target.name: target for target in made}
            samples = rows.measure(lambda: _rows(home, by_name), repeats=repeats, seconds=seconds)
    table = [rows.summary(name, found) for name, found in samples.items()]
    told = targets.ratios(table)
    document = {
        "rows": table,
        "ratios": told,
        "targets": targets.ratio_targets(told),
        "left_out": left_out,
    }
    return document | machine.fingerprint()


@contextmanager
def system(*, settings=(), amounts=None):
    """The home of a system that runs inside the `with` block, and of which nothing is left after
    it."""
    with tempfile.TemporaryDirectory(prefix="escala-bench-") as folder:
        home = Home(f"{folder}/home", ports.free_base())
        home.create()
        with process_tree.cleanup_on_exit(lambda: down.down(home, wipe=True)):
            up.up(home, replicas=1, settings=settings, amounts=amounts)
            yield home


def _targets(home, peers):
    """The Gunicorns to compare, and what could not be measured here, with the reason."""
    asked = desired.load(home)
    variables = environment.of_process(home, asked, "core-1")
    body = home.config / "page.json"
    body.write_bytes(ask(home.port("core-1"), "GET", PAGE))
    made = [Target(home, "bare", "lab.bench.peers.bare", variables | {"BARE_BODY": str(body)})]
    made += [Target(home, tier, "core_api.wsgi", variables | {"CACHE": tier}) for tier in TIERS]
    left_out = {}
    if peers:
        python = servers.peers_python()
        made += [
            Target(home, peer, "lab.bench.peers.wsgi", variables | {"PEER": peer}, python=python)
            for peer in servers.PEERS
        ]
    else:
        left_out |= dict.fromkeys(servers.PEERS, "asked for with --peers")
    return made, left_out


def _rows(home, made):
    front = f"http://127.0.0.1:{home.port('haproxy')}"
    direct = f"http://127.0.0.1:{home.port('core-1')}"
    tokens = {who: token_of(home, who) for who in ("admin", "customer")}
    rows = [Row(name, target.url + PAGE, target.process.pid) for name, target in made.items()]
    redis = made["redis"]
    rows.append(Row("redis+token", redis.url + PAGE, redis.process.pid, bearer(tokens["customer"])))
    json_headers = bearer(tokens["customer"]) | {"Content-Type": "application/json"}
    order = stocked_order(home)
    rows.append(Row("order", redis.url + "/api/orders/", redis.process.pid, json_headers, order))
    _, analytics = Supervisor(home).states()["analytics-1"]
    summary = f"http://127.0.0.1:{home.port('analytics-1')}/analytics/sales/summary/"
    rows.append(Row("analytics", summary, analytics, bearer(tokens["admin"])))
    rows.append(Row("edge", front + PAGE, headers={"Accept": "application/json"}, connections=16))
    # A token keeps the edge cache out of it: what is left is HAProxy in front of one instance.
    for where, address in (("through", front), ("without", direct)):
        rows.append(Row(f"{where} HAProxy", address + PAGE, headers=bearer(tokens["customer"])))
        missed = f"{where} HAProxy, missed"  # a page that the cache has not
        rows.append(Row(missed, address + PAGE, headers=bearer(tokens["customer"]), anew=True))
    return rows


def ask(port, method, path, document=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = json.dumps(document) if isinstance(document, dict) else document
    connection.request(method, path, body, {"Content-Type": "application/json"} | (headers or {}))
    answer = connection.getresponse()
    data = answer.read()
    if answer.status >= 300:
        raise Failure(
            f"{method} {path} was answered {answer.status}: {data[:200]}", "./escala bench again"
        )
    return data


def token_of(home, who):
    login = {name: logins(home)[who][name] for name in ("username", "password")}
    return json.loads(ask(home.port("core-1"), "POST", "/api/token/", login))["access"]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def stocked_order(home):
    """The JSON body of an order of two products, which no benchmark sells out."""
    staff = bearer(token_of(home, "admin"))
    skus = shop.restock(home.port("core-1"), staff, count=2)
    return {"lines": [{"sku": sku, "quantity": 1} for sku in skus]}
