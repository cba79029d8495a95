"""BENCH: what a request costs in each tier, as processor time of the instance and as throughput, compared in one run.

Every row is asked in turn, over and over, so that whatever else the machine does touches all of them alike.
"""

import http.client
import json
import statistics
import tempfile
from contextlib import contextmanager
from typing import NamedTuple

from lab import console, down, environment, ports, targets, up, wanted, wrk
from lab.failures import Failure
from lab.home import Home
from lab.ratios import ratios
from lab.status import logins
from lab.supervisor import Supervisor
from lab.targets import Target

PAGE = "/api/products/"
CONNECTIONS = 4  # HAProxy lets 5 into an instance
TIERS = ("off", "local", "redis")


class Row(NamedTuple):
    """One thing that is measured: what is asked, and the process whose time counts (None: only throughput does)."""

    name: str
    url: str
    pid: int | None = None
    headers: dict = {}
    order: dict | None = None


def bench(*, peers=False, repeats=5, seconds=2):
    """{rows, ratios, left_out}: medians over `repeats` rounds, on a system started for it and ended after it."""
    with (
        tempfile.TemporaryDirectory(prefix="escala-bench-") as folder,
        _system(folder) as home,
        targets.redis_for_near(environment.redis_url(home, "cache")) as near,
    ):
        made, left_out = _targets(home, near, peers)
        with targets.running(made):
            rows = _rows(home, {target.name: target for target in made})
            samples = _measure(rows, repeats, seconds)
    table = [_summary(row.name, samples[row.name]) for row in rows]
    return {"rows": table, "ratios": ratios(table), "left_out": left_out}


@contextmanager
def _system(folder):
    home = Home(f"{folder}/home", ports.free_base())
    home.create()
    try:
        up.up(home, replicas=1, settings=["EDGE_CACHE=on"])
        yield home
    finally:
        down.down(home, wipe=True)


def _targets(home, near, peers):
    """The Gunicorns to compare, and what could not be measured here, with the reason."""
    asked = wanted.load(home)
    variables = environment.of_process(home, asked, "core-1")
    body = home.config / "page.json"
    body.write_bytes(_ask(home.port("core-1"), "GET", PAGE))
    made = [Target(home, "bare", "lab.peers.bare", variables | {"BARE_BODY": str(body)})]
    made += [Target(home, tier, "core_api.wsgi", variables | {"CACHE": tier}) for tier in TIERS]
    left_out = {}
    if near:
        made.append(Target(home, "near", "core_api.wsgi", variables | {"CACHE": "near", "CACHE_URL": near}))
    else:
        left_out["near"] = "it needs Redis 7.4 or newer, here or in Docker"
    if peers:
        python = targets.peers_python()
        made += [
            Target(home, peer, "lab.peers.wsgi", variables | {"PEER": peer}, python=python)
            for peer in targets.PEERS
        ]
    else:
        left_out |= dict.fromkeys(targets.PEERS, "asked for with --peers")
    return made, left_out


def _rows(home, made):
    front = f"http://127.0.0.1:{home.port('haproxy')}"
    direct = f"http://127.0.0.1:{home.port('core-1')}"
    tokens = {who: _token(home, who) for who in ("admin", "customer")}
    rows = [Row(name, target.url + PAGE, target.process.pid) for name, target in made.items()]
    redis = made["redis"]
    rows.append(Row("redis+token", redis.url + PAGE, redis.process.pid, _bearer(tokens["customer"])))
    order = {"lines": [{"sku": sku, "quantity": 1} for sku in _plenty(home)]}
    json_headers = _bearer(tokens["customer"]) | {"Content-Type": "application/json"}
    rows.append(Row("order", redis.url + "/api/orders/", redis.process.pid, json_headers, order))
    _, analytics = Supervisor(home).states()["analytics-1"]
    summary = f"http://127.0.0.1:{home.port('analytics-1')}/analytics/sales/summary/"
    rows.append(Row("analytics", summary, analytics, _bearer(tokens["admin"])))
    # A token keeps the edge cache out of it: what is left is HAProxy in front of one instance.
    rows.append(Row("edge", front + PAGE))
    rows.append(Row("through HAProxy", front + PAGE, headers=_bearer(tokens["customer"])))
    rows.append(Row("without HAProxy", direct + PAGE, headers=_bearer(tokens["customer"])))
    return rows


def _measure(rows, repeats, seconds):
    """{row name: [(microseconds of processor time per request or None, requests per second)]}."""
    samples = {row.name: [] for row in rows}
    for number in range(repeats + 1):
        with console.step("warmed up" if number == 0 else f"round {number} of {repeats}"):
            for row in rows:
                sample = _sample(row, 1 if number == 0 else seconds)
                if number:
                    samples[row.name].append(sample)
    return samples


def _sample(row, seconds):
    before = targets.cpu_seconds(row.pid) if row.pid else None
    seen = wrk.run(row.url, seconds=seconds, connections=CONNECTIONS, headers=row.headers, order=row.order)
    if seen.failed or not seen.requests:
        raise Failure(f"{row.name}: {seen.failed} of {seen.requests} requests failed", "./escala bench again")
    spent = (targets.cpu_seconds(row.pid) - before) * 1e6 / seen.requests if row.pid else None
    return spent, seen.per_second


def _summary(name, samples):
    """Medians, and how far apart the rounds were: the range of the middle half, as a share of the median."""
    spent, rates = zip(*samples, strict=True)
    counted = spent if spent[0] is not None else rates
    quarters = statistics.quantiles(counted, n=4)
    return {
        "name": name,
        "cpu_us_per_request": round(statistics.median(spent)) if spent[0] is not None else None,
        "requests_per_second": round(statistics.median(rates)),
        "spread": round((quarters[2] - quarters[0]) / statistics.median(counted), 3),
    }


def _ask(port, method, path, document=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = json.dumps(document) if document else None
    connection.request(method, path, body, {"Content-Type": "application/json"} | (headers or {}))
    answer = connection.getresponse()
    data = answer.read()
    if answer.status >= 300:
        raise Failure(f"{method} {path} was answered {answer.status}: {data[:200]}", "./escala bench again")
    return data


def _token(home, who):
    login = {name: logins(home)[who][name] for name in ("username", "password")}
    return json.loads(_ask(home.port("core-1"), "POST", "/api/token/", login))["access"]


def _bearer(token):
    return {"Authorization": f"Bearer {token}"}


def _plenty(home):
    """Two skus, restocked so that the orders of a benchmark never empty them."""
    found = json.loads(_ask(home.port("core-1"), "GET", PAGE))["results"][:2]
    staff = _bearer(_token(home, "admin"))
    for product in found:
        _ask(home.port("core-1"), "PATCH", f"{PAGE}{product['sku']}/", {"stock": 1_000_000}, staff)
    return [product["sku"] for product in found]


def as_text(document):
    """The table for people, in 80 columns."""
    lines = [f"{'row':<18}{'CPU us/request':>16}{'requests/s':>14}{'spread':>10}"]
    for row in document["rows"]:
        spent = "-" if row["cpu_us_per_request"] is None else f"{row['cpu_us_per_request']:,}"
        lines.append(f"{row['name']:<18}{spent:>16}{row['requests_per_second']:>14,}{row['spread']:>10.1%}")
    lines += ["", *(f"{name:<58}{value:>8}" for name, value in document["ratios"].items())]
    lines += ["", *(f"not measured: {name}: {reason}" for name, reason in document["left_out"].items())]
    return "\n".join(lines).rstrip()
