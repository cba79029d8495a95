"""Claim 2: how 2a, 2c and 2d judge made-up records."""

import random

import pytest

from lab.experiments import e2a_balancing, e2c_retried_writes, e2d_drain
from lab.laboratory import results
from tests.support.made import Made, requests


def writes(*, no_key=(0, 0, 5), no_retries=(6, 0, 0), both=(0, 0, 0)):
    """So many orders failed, were lost and were placed twice in each configuration."""
    made = Made(e2c_retried_writes)
    for number, (name, fate) in enumerate(
        zip(e2c_retried_writes.CONFIGURATIONS, (no_key, no_retries, both), strict=True)
    ):
        failed, lost, twice = fate
        rows = requests(40, 4, 15)
        for place, row in enumerate(rows):
            row |= {"note": f"{number}/{place}", "status": 504 if place < failed else 201}
        keys = [row["note"] for row in rows]
        placed = dict.fromkeys(keys[failed + lost :], 1) | dict.fromkeys(
            keys[len(keys) - twice :], 2
        )
        made.writer.phase({"configuration": name}, (40, 4, 0), rows, [])
        made.fact("orders", phase=number, placed=placed)
        made.fact("sent again", configuration=name, count=number)
    return made.read()


@pytest.mark.parametrize(
    "wrong",
    [
        {"both": (1, 0, 0)},
        {"both": (0, 1, 0)},
        {"both": (0, 0, 1)},
        {"no_key": (0, 0, 0)},
        {"no_key": (1, 0, 5)},
        {"no_retries": (0, 0, 0)},
    ],
)
def test_an_order_that_goes_wrong_or_a_comparison_that_shows_nothing_makes_it_false(wrong):
    assert e2c_retried_writes.judge(writes(**wrong)).verdict == "false"


def test_an_order_that_failed_but_was_placed_is_counted_apart():
    made = Made(e2c_retried_writes)
    for number, name in enumerate(e2c_retried_writes.CONFIGURATIONS):
        rows = [row | {"note": "k", "status": 504} for row in requests(1, 1, 15)]
        made.writer.phase({"configuration": name}, (1, 1, 0), rows, [])
        made.fact("orders", phase=number, placed={"k": 1})

    count = e2c_retried_writes.fates(made.read(), "key, no retries")

    assert (count["failed"], count["failed, yet placed"], count["lost"]) == (1, 1, 0)


def stops(*, killed=6, terminated=0, drained=0, kind="once"):
    """So many failed requests of this kind for each way to stop an instance."""
    made = Made(e2d_drain)
    for way, count in zip(e2d_drain.WAYS, (killed, terminated, drained), strict=True):
        made.phase(40, 20, failed=count, labels={"way": way}, kind=kind)
    return made.read()


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        ({"drained": 1}, "false"),
        ({"terminated": 3}, "true"),
        ({"killed": 0}, "unknown"),  # perhaps the kill hit no request
        ({"killed": 6, "kind": "read"}, "unknown"),
    ],
    ids=str,
)
def test_2d_is_false_if_a_drain_fails_a_request_and_needs_a_kill_that_does(measured, verdict):
    assert e2d_drain.judge(stops(**measured)).verdict == verdict


def balancing(*, counts=(80, 80, 80), p99=(120, 500), failed=0):
    """Three turns; so many reads of 240 go to each equal instance; p99 with one slow."""
    made = Made(e2a_balancing)
    for speed in 3 * [*e2a_balancing.SPEEDS]:
        for balance, slowest in zip(e2a_balancing.BALANCES, p99, strict=True):
            rows = requests(60, 4, 10, failed=failed)
            names = random.Random(1).sample(e2a_balancing.INSTANCES, len(rows), counts=counts)
            for row, name in zip(rows, names, strict=True):
                row |= {"instance": name}
                if speed != "equal" and name == "core-3":
                    row["end"] = row["at"] + slowest / 1000
            made.writer.phase({"speed": speed, "balance": balance}, (60, 4, 0.5), rows, [])
    return made.read()


@pytest.mark.parametrize(
    ("wrong", "verdict"),
    [
        ({"counts": (75, 85, 80)}, "true"),
        ({"counts": (35, 105, 100)}, "false"),
        ({"counts": (65, 120, 55)}, "false"),
        ({"p99": (500, 500)}, "false"),
        ({"p99": (500, 120)}, "false"),
        ({"failed": 5}, "unknown"),
    ],
    ids=str,
)
def test_2a_needs_fair_shares_and_a_shorter_queue_with_leastconn(wrong, verdict):
    assert results.judge(e2a_balancing, balancing(**wrong)).verdict == verdict


GOOD = {e2a_balancing: balancing, e2c_retried_writes: writes, e2d_drain: stops}
BAD = {
    e2a_balancing: lambda: balancing(p99=(500, 500)),
    e2c_retried_writes: lambda: writes(both=(0, 0, 4)),
    e2d_drain: lambda: stops(drained=5),
}
