"""Claim 1: how 1d and 1e judge made-up records; test_prediction.py has those of 1c."""

import itertools
import json

import pytest

from lab.analysis.verdict import MAX_LITTLES_ERROR, mean_littles_error
from lab.experiments import e1d_new_service, e1e_shared_bottleneck
from lab.laboratory import results
from tests.lab.experiments import test_prediction
from tests.support.made import Made, requests


def services(*, latency=None, failed=None, price=None):
    """Three turns of every situation; each argument maps situations to values that differ."""
    made = Made(e1d_new_service)
    failed = {e1d_new_service.DIRECT: 100} | (failed or {})
    for turn in range(3):
        for situation in e1d_new_service.SITUATIONS:
            kind = "order" if situation == e1d_new_service.DIRECT else "read"
            answer = {"sku": "TEA-0001", "price": (price or {}).get(situation, "2.50")}
            more = {"kind": kind, "answer": json.dumps(answer), "failed": failed.get(situation, 0)}
            rows = requests(30, 5, (latency or {}).get(situation, 20 + turn), **more)
            made.writer.phase({"situation": situation, "turn": turn}, (30, 5, 0.5), rows, [])
    return made.read()


@pytest.mark.parametrize("situation", ["running", "frozen", "killed"])
@pytest.mark.parametrize(("what", "value"), [("latency", 40), ("failed", 1), ("price", "2.51")])
def test_a_shop_that_is_affected_makes_it_false(situation, what, value):
    assert e1d_new_service.judge(services(**{what: {situation: value}})).verdict == "false"


def test_a_shop_that_fails_without_analytics_too_cannot_be_compared():
    disturbed = services(failed={"absent": 88, "frozen": 88})

    judgement = e1d_new_service.judge(disturbed)

    assert judgement.verdict == "unknown"
    assert judgement.because[0].startswith("264 of 405 reads failed without analytics_api")


def test_orders_that_fail_without_analytics_too_as_in_a_proof_leave_it_false():
    found = services(failed={"absent": 9, "frozen": 9})
    for phase in found.phases:
        for request in phase.failed:
            request["kind"] = "order"

    assert e1d_new_service.judge(found).verdict == "false"


def test_a_failed_request_is_not_a_response_with_another_text():
    found = services(failed={"absent": 88})
    for phase in found.where(situation="absent"):
        for request in phase.failed:
            request["answer"] = json.dumps({"title": "Service Unavailable"})

    assert e1d_new_service.differing(found, "running") == 0


@pytest.mark.parametrize(("running", "rise"), [(14, 0), (21, 0), (25.2, 20), (28.4, 35)])
def test_the_finding_of_1d_says_by_how_much_p95_rises_at_most(running, rise):
    latency = dict.fromkeys(("frozen", "killed"), 18) | {"absent": 21, "running": running}

    found = e1d_new_service.judge(services(latency=latency)).finding

    assert f"0 requests fail and p95 rises by at most {rise} %; when it is called" in found


@pytest.mark.parametrize("failed", [0, 20])
def test_a_direct_call_that_fails_few_orders_makes_it_false(failed):
    assert (
        e1d_new_service.judge(services(failed={e1d_new_service.DIRECT: failed})).verdict == "false"
    )


def test_two_orders_are_equal_when_only_id_time_and_instance_differ():
    made = Made(e1d_new_service)
    for situation, own, total in (
        ("absent", 1, "5.00"),
        ("running", 2, "5.00"),
        ("killed", 3, "5.01"),
    ):
        answer = {"id": own, "created_at": own, "served_by": own, "total": total}
        rows = requests(1, 2, 20, kind="order", answer=json.dumps(answer))
        made.writer.phase({"situation": situation}, (1, 2, 0), rows, [])

    assert e1d_new_service.differing(made.read(), "running") == 0
    assert e1d_new_service.differing(made.read(), "killed") == 2


def orders(*, many=(6, 12, 18), one=(6, 6, 6), waiting=(0, 2)):
    """Two turns: so many orders/s answered 201 of 30 with 1, 2 and 3 instances, and lock waits.

    `waiting` is their mean on each side, with 3 instances.
    """
    made = Made(e1e_shared_bottleneck)
    sides = list(zip(e1e_shared_bottleneck.SIDES, (many, one), waiting, strict=True))
    for instances, (side, rates, held) in itertools.product((1, 2, 3), 2 * sides):
        labels = {"side": side, "instances": instances}
        rows = requests(30, 4, 200)
        for number, row in enumerate(rows):
            row["status"] = 201 if number % 30 < rates[instances - 1] else 503
        made.writer.phase(labels, (30, 4, 1), rows, [])
        held_by_most = held if instances == 3 else 0  # with fewer instances nobody waits
        made.fact("waiting for a lock", sessions=[0, 2 * held_by_most] * 5, **labels)
    return made.read()


@pytest.mark.parametrize(
    ("wrong", "verdict"),
    [
        ({"one": (6, 5, 3)}, "true"),
        ({"many": (6, 12, 9)}, "false"),
        ({"many": (6, 6, 18)}, "false"),
        ({"one": (6, 10, 6)}, "false"),
        ({"one": (6, 6, 12)}, "false"),
        ({"waiting": (2, 2)}, "false"),
        ({"waiting": (0, 0)}, "false"),
    ],
    ids=str,
)
def test_1e_needs_orders_that_scale_unless_they_wait_for_one_row(wrong, verdict):
    assert results.judge(e1e_shared_bottleneck, orders(**wrong)).verdict == verdict


def test_a_queue_of_orders_that_grows_in_each_phase_is_no_doubt_about_1e():
    found = orders()
    for phase in found.phases:
        for request in phase.failed:
            request["end"] += request["at"]

    assert mean_littles_error(found.phases) > MAX_LITTLES_ERROR
    assert results.judge(e1e_shared_bottleneck, found).verdict == "true"


def test_orders_that_waited_for_a_lock_in_one_turn_only_decide_nothing():
    found = GOOD[e1e_shared_bottleneck]()
    *_, last = found.facts("waiting for a lock", side="many products")
    last["sessions"] = [2] * 10

    judgement = results.judge(e1e_shared_bottleneck, found)

    assert judgement.verdict == "unknown"
    assert judgement.because[0].startswith("orders of many products that wait for a lock: between")


def test_an_order_answered_after_the_phase_or_in_its_warmup_does_not_count():
    (phase, *_) = orders(many=(30, 30, 30)).phases

    assert e1e_shared_bottleneck.orders_per_second(phase) == pytest.approx(30, abs=0.5)
    for request in phase.requests:
        request["end"] += 4
    assert e1e_shared_bottleneck.orders_per_second(phase) == 0


GOOD = {
    e1d_new_service: services,
    e1e_shared_bottleneck: orders,
    **test_prediction.GOOD,
}
BAD = {
    e1e_shared_bottleneck: lambda: orders(one=(6, 12, 18), waiting=(0, 0)),
    e1d_new_service: lambda: services(failed={"frozen": 9}),
    **test_prediction.BAD,
}
