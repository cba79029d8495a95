"""Claim 1: how 1d judges made-up records; test_prediction.py has those of 1c."""

import json

import pytest

from lab.experiments import e1d_new_service
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


GOOD = {e1d_new_service: services, **test_prediction.GOOD}
BAD = {e1d_new_service: lambda: services(failed={"frozen": 9}), **test_prediction.BAD}
