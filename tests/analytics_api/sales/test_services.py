import random
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from rest_framework.exceptions import ValidationError

from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.services import record_order_placed

SEVERAL = 8


@pytest.mark.django_db
def test_the_message_of_the_contract_becomes_an_event_and_a_fact_per_line(contract):
    event_id, new = record_order_placed(contract)

    event = RecordedEvent.objects.get()
    assert new
    assert str(event_id) == str(event.event_id) == contract["event_id"]
    assert (event.kind, str(event.order_id), event.total) == (
        "order_placed",
        contract["order_id"],
        Decimal("32.05"),
    )
    assert event.occurred_at.isoformat() == contract["occurred_at"]
    facts = event.sales.order_by("line").values_list(
        "line", "sku", "category", "quantity", "unit_price"
    )
    assert list(facts) == [
        (1, "TEA-0001", "tea", 2, Decimal("12.50")),
        (2, "CUP-0007", "cups", 1, Decimal("7.05")),
    ]
    assert {fact.date.isoformat() for fact in Sale.objects.all()} == {"2026-01-31"}


@pytest.mark.django_db
def test_a_copy_changes_nothing_even_with_other_lines_in_it(event):
    first = event(lines=[("TEA-1", 2, "12.50")])
    record_order_placed(first)

    longer = event(lines=[("TEA-1", 9, "12.50"), ("CUP-1", 1, "1.00")], event_id=first["event_id"])
    event_id, new = record_order_placed(longer)

    assert (str(event_id), new) == (first["event_id"], False)
    assert RecordedEvent.objects.count() == 1
    assert list(Sale.objects.values_list("sku", "quantity")) == [("TEA-1", 2)]


@pytest.mark.django_db
def test_repeated_and_shuffled_events_come_to_the_same_figures(event):
    events = [event(lines=[("TEA-1", number, "1.10")]) for number in range(1, 11)]
    delivered = events * 3
    random.Random(1).shuffle(delivered)

    for payload in delivered:
        record_order_placed(payload)

    assert RecordedEvent.objects.count() == 10
    assert Sale.objects.summary() == {
        "orders": 10,
        "units": 55,
        "revenue": pytest.approx(Decimal("60.50")),
    }


@pytest.mark.django_db(transaction=True)
def test_copies_that_arrive_at_the_same_moment_count_once(event):
    for _ in range(5):
        payload = event(lines=[("TEA-1", 2, "12.50"), ("CUP-1", 1, "7.05")])
        together = threading.Barrier(SEVERAL)

        def record(_, payload=payload, together=together):
            together.wait()
            try:
                return record_order_placed(payload)[1]
            finally:
                connection.close()

        with ThreadPoolExecutor(SEVERAL) as threads:
            new = list(threads.map(record, range(SEVERAL)))

        assert sorted(new) == [False] * (SEVERAL - 1) + [True]
    assert RecordedEvent.objects.count() == 5
    assert Sale.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_an_event_is_recorded_wholly_or_not_at_all(contract):
    def fail_at_facts(execute, sql, *arguments):
        if "sales_sale" in sql:
            raise OperationalError("the database went away")
        return execute(sql, *arguments)

    with connection.execute_wrapper(fail_at_facts), pytest.raises(OperationalError):
        record_order_placed(contract)

    assert not RecordedEvent.objects.exists()
    assert record_order_placed(contract)[1]


@pytest.mark.django_db
def test_a_day_is_a_day_of_utc_wherever_the_shop_stands(event):
    record_order_placed(event(occurred_at="2026-02-01T00:30:00+02:00"))

    assert Sale.objects.get().date.isoformat() == "2026-01-31"


@pytest.mark.django_db
def test_fields_that_a_newer_shop_adds_are_ignored(contract):
    assert record_order_placed(contract | {"coupon": "SPRING"})[1]


BROKEN = {
    "no event id": {"event_id": ...},
    "event id is no uuid": {"event_id": "7"},
    "another kind": {"kind": "order_cancelled"},
    "no lines": {"lines": []},
    "lines is a text": {"lines": "TEA-1"},
    "a line is null": {"lines": [None]},
    "no date": {"occurred_at": "yesterday"},
    "a date that does not exist": {"occurred_at": "2026-02-30T00:00:00+00:00"},
    "total is no number": {"total": "NaN"},
    "total is infinite": {"total": "Infinity"},
    "total is too large": {"total": "1e400"},
    "quantity is zero": {"quantity": 0},
    "quantity is below zero": {"quantity": -1},
    "quantity is too large": {"quantity": 2**31},
    "price has three decimals": {"unit_price": "1.001"},
    "price is below zero": {"unit_price": "-1.00"},
    "sku has a NUL": {"sku": "TEA\x00"},
    "sku is half a character": {"sku": "\ud800"},
    "sku is too long": {"sku": "T" * 41},
    "sku is blank": {"sku": " "},
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_message_that_breaks_the_contract_is_refused_and_leaves_nothing(contract, change):
    first = contract["lines"][0]
    payload = contract | ({"lines": [first | change]} if change.keys() & first.keys() else change)

    with pytest.raises(ValidationError):
        record_order_placed({name: value for name, value in payload.items() if value is not ...})

    assert not RecordedEvent.objects.exists()


@pytest.mark.parametrize("payload", [None, [], [1], "text", 7, True, {}])
def test_what_is_no_message_at_all_is_refused(payload):
    with pytest.raises(ValidationError):
        record_order_placed(payload)
