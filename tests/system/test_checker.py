import dataclasses
import uuid

import pytest

from tests.support.closed_loop import CLOSED, Exchange, parsed
from tests.support.faults import checker
from tests.support.faults.checked_load import checked_load
from tests.support.shoppers import acknowledged


@pytest.fixture
def checked(laptop):
    with checked_load(laptop) as checked:
        checked.shop.wait_for_answers(80)
    return checked


def check(laptop, checked):
    outcome = checker.Outcome("none", "nothing fails")
    checker.check(laptop, checked, outcome, checker.Excuse((503,), since=10, until=100))
    return outcome


def test_without_a_fault_nothing_is_wrong(laptop, checked):
    outcome = check(laptop, checked)

    assert (outcome.failed, outcome.lost, outcome.doubled, outcome.wrong) == (0, 0, 0, [])
    assert outcome.requests == len(checked.shop.exchanges) >= 80


def test_an_order_that_only_its_client_knows_is_lost(laptop, checked):
    load = checked.shop
    order = next(request for request in load.exchanges if request.key)
    confirmed = acknowledged(load) | {"a key of its own": str(uuid.uuid4())}
    outcome = checker.Outcome("none", "nothing fails")

    assert checker.compare(laptop, load, confirmed, outcome) == (1, 0)
    confirmed[order.key] = str(uuid.uuid4())
    assert checker.compare(laptop, load, confirmed, outcome) == (2, 1)


def test_an_order_that_was_never_acknowledged_is_doubled(laptop, checked):
    exchanges = checked.shop.exchanges
    exchanges.remove(next(request for request in exchanges if request.key))

    outcome = check(laptop, checked)

    assert (outcome.lost, outcome.doubled) == (0, 1)
    assert len(outcome.wrong) == 1


def test_an_order_that_another_user_reads_is_wrong(laptop, checked):
    exchanges = checked.shop.exchanges
    order = next(each for each in exchanges if each.key and each.request["user"] == "customer")
    request = {"method": "GET", "path": "/api/orders/", "user": "admin"}
    page = Exchange(request, 0, 1, 200, {}, {"results": [order.document]})

    assert list(checker.foreign_orders(laptop, checked.shop)) == []
    exchanges.append(page)
    assert len(list(checker.foreign_orders(laptop, checked.shop))) == 1


def test_an_answer_to_a_price_that_is_no_problem_document_is_wrong(laptop, checked):
    [*_, last] = checked.prices.exchanges
    refused = dataclasses.replace(last, status=500, document={"status": 500}, headers={})
    checked.prices.exchanges.append(refused)

    assert check(laptop, checked).wrong == [str(refused)]


def test_a_change_of_a_price_may_end_without_an_answer(laptop, checked):
    [*_, last] = checked.prices.exchanges
    checked.prices.exchanges.append(
        dataclasses.replace(last, status=CLOSED, document=None, headers={})
    )

    assert check(laptop, checked).wrong == []


@pytest.mark.parametrize(
    ("statuses", "least", "lies"),
    [
        ([200] * 20, 20, 0),
        ([200] * 18 + [503] * 2, 18, 0),
        ([200] * 17 + [503] * 3, 10, 1),
        ([200] * 9, 10, 1),
        ([], 0, 0),
    ],
)
def test_cached_reads_that_do_not_go_on_are_wrong(statuses, least, lies):
    request = {"method": "GET", "path": "/api/products/OLD-1/"}
    others = [Exchange(request, 5, 1, 503, {}, None)]  # before the fault
    others += [Exchange({"method": "GET", "path": "/api/orders/"}, 15, 1, 503, {}, None)] * 20
    reads = [Exchange(request, 15, 1, status, {}, None) for status in statuses]
    load = type("Load", (), {"exchanges": others + reads})
    checked = type("CheckedLoad", (), {"shop": load, "quiet": ["OLD-1"]})

    found = list(checker.cached_reads(checked, 10, 20, least=least))
    assert sum(text.startswith("only") for text in found) == lies


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
        {"status": CLOSED, "headers": {}, "document": None},
        {"headers": {"Content-Type": "text/html"}, "document": None},
        {"document": {"status": 502}},
        {"document": ["no problem"]},
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
