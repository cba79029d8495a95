"""Under four times the load that it can serve, the shop serves as much as before.

It refuses the rest quickly, and afterwards it works as before.
"""

import itertools
import random
import time
import uuid
from statistics import median

import pytest

from lab.stack.haproxy import HAProxy
from lab.workload.load import get
from lab.workload.shop import restock
from tests.support.closed_loop import Load
from tests.support.shop import Client

PHASE = 2  # seconds; short and in turns, since the machine also does other work
ROUNDS = 6
FULL = 10  # clients: as many as two instances serve at the same time
CROWD = 300


@pytest.fixture
def requests(laptop):
    """A chooser of orders, pages that are not cached, computing and waiting, in fixed shares."""
    admin, customer = Client(laptop).login("admin"), Client(laptop).login("customer")

    def order_of(sku):
        def order(chance):
            headers = customer.bearer() | {"Idempotency-Key": uuid.uuid4().hex}
            body = {"lines": [{"sku": sku, "quantity": 1}]}
            request = {"method": "POST", "path": "/api/orders/", "expect": 201}
            return request | {"headers": headers, "body": body}

        return order

    def page(chance):
        return get(f"/api/products/?page_size=20&unknown={uuid.uuid4().hex}")(chance)

    computing, waiting = get("/api/lab/compute/?ms=10"), get("/api/lab/wait/?ms=300")
    mix = [order_of(sku) for sku in restock(laptop.port, admin.bearer(), count=8)]
    mix += [page] * 8 + [computing] * 4 + [waiting] * 12
    in_turn = itertools.cycle(random.sample(mix, len(mix)))
    return lambda chance: next(in_turn)(chance)


def phase(laptop, requests, clients, period=0.0):
    """The load of so many clients during a phase, which has ended."""
    with Load(laptop.port, requests, clients=clients, period=period) as load:
        time.sleep(PHASE)
    return load


def per_second(load, exchanges):
    """How many of these exchanges of a load ended within its phase, per second."""
    end = load.started + PHASE
    return sum(exchange.start + exchange.seconds < end for exchange in exchanges) / PHASE


def rate(load):
    return per_second(load, load.exchanges)


def success_rate(load):
    return per_second(load, [exchange for exchange in load.exchanges if exchange.succeeded])


def median_seconds(exchanges):
    return median(exchange.seconds for exchange in exchanges)


def times_down(laptop):
    """{instance: how often HAProxy has marked it DOWN} of those that are up."""
    rows = [row for row in HAProxy(laptop.home).servers() if row["pxname"] == "core"]
    return {row["svname"]: row["chkdown"] for row in rows if row["status"] == "UP"}


def test_four_times_what_it_can_do_costs_the_shop_nothing_but_quick_refusals(laptop, requests):
    down = times_down(laptop)
    full, crowded = [phase(laptop, requests, FULL)], []
    for _ in range(ROUNDS):
        period = CROWD / (4 * rate(full[-1]))
        crowded.append(phase(laptop, requests, CROWD, period))
        full.append(phase(laptop, requests, FULL))
    assert [str(failure) for load in full for failure in load.failures] == []

    exchanges = [exchange for load in crowded for exchange in load.exchanges]
    done = [exchange for exchange in exchanges if exchange.succeeded]
    refused = [exchange for exchange in exchanges if not exchange.succeeded]
    assert {exchange.status for exchange in refused} <= {429, 503}
    types = {exchange.headers["Content-Type"] for exchange in refused}
    assert types == {"application/problem+json"}
    assert min(int(exchange.headers["Retry-After"]) for exchange in refused) > 0
    assert median_seconds(refused) < median_seconds(done) / 2
    assert max(exchange.seconds for exchange in exchanges) < 6

    peaks = [(rate(before) + rate(after)) / 2 for before, after in itertools.pairwise(full)]
    rounds = list(zip(crowded, peaks, strict=True))
    assert median(rate(load) / peak for load, peak in rounds) > 2.5, "the load was too small"
    assert median(success_rate(load) / peak for load, peak in rounds) >= 0.8

    assert times_down(laptop) == down
    shopper = Client(laptop)
    assert [shopper.get("/api/products/?alone").status for _ in range(10)] == [200] * 10
    assert laptop.json("audit") == {"ok": True, "violations": []}
