"""Four times what the shop can do: it does as much as ever, refuses the rest quickly, and is itself
again after it."""

import itertools
import json
import subprocess
import sys
from statistics import median

import pytest

from lab.stack.haproxy import HAProxy
from lab.stack.home import ROOT
from tests.support.shop import Client

PHASE = 2  # seconds; short and in turns, since whatever else the machine does comes and goes
ROUNDS = 6
FULL = 10  # clients that keep every place of two instances taken, and no more
CROWD = 300


@pytest.fixture
def mix(laptop):
    """What is asked for: orders with a key each, pages that no cache has, computing, and waiting
    for something else."""
    admin, customer = Client(laptop).login("admin"), Client(laptop).login("customer")
    skus = [row["sku"] for row in admin.get("/api/products/?page_size=8").json()["results"]]
    headers = {"Content-Type": "application/json"}
    for sku in skus:
        admin.ask("PATCH", f"/api/products/{sku}/", '{"stock": 100000}', **headers)
    headers |= {"Authorization": f"Bearer {customer.token}", "Idempotency-Key": "UNIQUE"}
    orders = [
        ["POST", "/api/orders/", headers, json.dumps({"lines": [{"sku": sku, "quantity": 1}]})]
        for sku in skus
    ]
    pages = [["GET", "/api/products/?page_size=20&unknown=UNIQUE", {}, ""]] * 8
    computing = [["GET", "/api/lab/compute/?ms=10", {}, ""]] * 4
    return orders + pages + computing + [["GET", "/api/lab/wait/?ms=300", {}, ""]] * 12


def ask(laptop, mix, clients, period=0.0):
    """Every answer that such a crowd got within a phase."""
    words = [str(word) for word in (laptop.home.port("haproxy"), clients, period, PHASE)]
    command = [sys.executable, "-m", "tests.support.crowd", *words]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(mix), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def is_done(answer):
    return answer["status"] in (200, 201)


def per_second(answers):
    return sum(answer["end"] < PHASE for answer in answers) / PHASE


def seconds(answers):
    return median(answer["seconds"] for answer in answers)


def times_down(laptop):
    """{instance: how often HAProxy has called it down} of those that are up."""
    rows = [row for row in HAProxy(laptop.home).servers() if row["pxname"] == "core"]
    return {row["svname"]: row["chkdown"] for row in rows if row["status"] == "UP"}


def test_four_times_what_it_can_do_costs_the_shop_nothing_but_quick_refusals(laptop, mix):
    down = times_down(laptop)
    full, crowded = [ask(laptop, mix, FULL)], []
    for _ in range(ROUNDS):
        period = CROWD / (4 * per_second(full[-1]))
        crowded.append(ask(laptop, mix, CROWD, period))
        full.append(ask(laptop, mix, FULL))
    assert {answer["status"] for phase in full for answer in phase} == {200, 201}

    answers = [answer for phase in crowded for answer in phase]
    done = [answer for answer in answers if is_done(answer)]
    refused = [answer for answer in answers if not is_done(answer)]
    assert {answer["status"] for answer in refused} <= {429, 503}
    assert {answer["headers"]["content-type"] for answer in refused} == {"application/problem+json"}
    assert min(int(answer["headers"]["retry-after"]) for answer in refused) > 0
    assert seconds(refused) < seconds(done) / 2
    assert max(answer["seconds"] for answer in answers) < 6

    peaks = [
        (per_second(before) + per_second(after)) / 2 for before, after in itertools.pairwise(full)
    ]
    rounds = list(zip(crowded, peaks, strict=True))
    assert median(per_second(phase) / peak for phase, peak in rounds) > 2.5, "this was no crowd"
    assert median(per_second(filter(is_done, phase)) / peak for phase, peak in rounds) >= 0.8

    assert times_down(laptop) == down
    shopper = Client(laptop)
    assert [shopper.get("/api/products/?alone").status for _ in range(10)] == [200] * 10
    assert laptop.json("audit") == {"ok": True, "violations": []}
