"""Claim 2: how 2c and 2d judge made-up records."""

import pytest

from lab.experiments import e2c_retried_writes, e2d_drain
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


@pytest.mark.parametrize("wrong", [{"killed": 0}, {"drained": 1}, {"kind": "read"}])
def test_2d_is_false_if_a_drain_fails_a_request_or_a_kill_fails_no_unkeyed_one(
    wrong,
):
    assert e2d_drain.judge(stops(**wrong)).verdict == "false"
    assert e2d_drain.judge(stops(terminated=3)).verdict == "true"


GOOD = {e2c_retried_writes: writes, e2d_drain: stops}
BAD = {e2c_retried_writes: lambda: writes(both=(0, 0, 4)), e2d_drain: lambda: stops(drained=5)}
