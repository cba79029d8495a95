import dataclasses
import uuid

import pytest

from tests.support.closed_loop import Exchange, parsed
from tests.support.faults import checker
from tests.support.shoppers import acknowledged, shop_load


@pytest.fixture
def load(laptop):
    with shop_load(laptop, orders=0.5) as load:
        load.wait_for_answers(30)
    return load


def check(laptop, load):
    outcome = checker.Outcome("none", "nothing fails")
    checker.check(laptop, load, outcome, checker.Excuse((503,), since=10, until=100))
    return outcome


def test_without_a_fault_nothing_is_wrong(laptop, load):
    outcome = check(laptop, load)

    assert (outcome.failed, outcome.lost, outcome.doubled, outcome.wrong) == (0, 0, 0, [])
    assert outcome.requests == len(load.exchanges) >= 30


def test_an_order_that_only_its_client_knows_is_lost(laptop, load):
    order = next(request for request in load.exchanges if request.key)
    confirmed = acknowledged(load) | {"a key of its own": str(uuid.uuid4())}
    outcome = checker.Outcome("none", "nothing fails")

    assert checker.compare(laptop, load, confirmed, outcome) == (1, 0)
    confirmed[order.key] = str(uuid.uuid4())
    assert checker.compare(laptop, load, confirmed, outcome) == (2, 1)


def test_an_order_that_was_never_acknowledged_is_doubled(laptop, load):
    load.exchanges.remove(next(request for request in load.exchanges if request.key))

    outcome = check(laptop, load)

    assert (outcome.lost, outcome.doubled) == (0, 1)
    assert len(outcome.wrong) == 1


PROBLEM = Exchange(
    {"method": "GET", "path": "/"},
    *(50, 1, 503),
    {"Content-Type": "application/problem+json"},
    {"status": 503},
)


@pytest.mark.parametrize(
    "change",
    [
        {"start": 200},
        {"start": 5},
        {"status": 500, "document": {"status": 500}},
        {"status": "ConnectionResetError", "headers": {}, "document": None},
        {"headers": {"Content-Type": "text/html"}, "document": None},
        {"document": {"status": 502}},
        {"document": parsed("{oops")},
    ],
)
def test_only_a_problem_document_of_an_expected_status_and_time_is_excused(change):
    load, excuse = (
        type("Load", (), {"failures": [PROBLEM]}),
        checker.Excuse((503,), since=10, until=100),
    )
    assert list(checker.unexcused(load, excuse)) == []

    load.failures = [dataclasses.replace(PROBLEM, **change)]

    assert len(list(checker.unexcused(load, excuse))) == 1
