import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.services import record_order_placed

pytestmark = pytest.mark.django_db


def document():
    out = StringIO()
    call_command("audit", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_an_intact_database_has_no_violation_and_gives_the_figures_of_each_event(contract, event):
    record_order_placed(contract)
    cheap = event([("TEA-1", 3, "0.10")])
    record_order_placed(cheap)

    assert document() == {
        "violations": [],
        "events": {contract["event_id"]: [3, "32.05"], cheap["event_id"]: [3, "0.30"]},
        "units": {
            contract["event_id"]: {line["sku"]: line["quantity"] for line in contract["lines"]},
            cheap["event_id"]: {"TEA-1": 3},
        },
    }


def test_an_empty_database_has_no_violation():
    assert document() == {"violations": [], "events": {}, "units": {}}


def change_a_quantity():
    Sale.objects.filter(line=1).update(quantity=3)


def change_a_price():
    Sale.objects.filter(line=1).update(unit_price="12.51")


def delete_a_fact():
    Sale.objects.filter(line=2).delete()


def delete_all_facts():
    Sale.objects.all().delete()


def change_the_total():
    RecordedEvent.objects.update(total="32.06")


def move_a_fact_to_another_day():
    Sale.objects.filter(line=1).update(date="2026-02-01")


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (change_a_quantity, "its facts add up to 44.55, its total is 32.05"),
        (change_a_price, "its facts add up to 32.07, its total is 32.05"),
        (delete_a_fact, "its facts add up to 25.00, its total is 32.05"),
        (delete_all_facts, "has no facts, its total is 32.05"),
        (change_the_total, "its facts add up to 32.05, its total is 32.06"),
        (move_a_fact_to_another_day, "its line 1 has another date"),
    ],
)
def test_what_was_tampered_with_is_named(contract, event, tamper, sentence):
    record_order_placed(contract)
    tamper()
    record_order_placed(event())

    (violation,) = document()["violations"]
    assert contract["event_id"] in violation
    assert sentence in violation


def test_without_json_violations_are_printed_and_the_command_fails(contract):
    record_order_placed(contract)
    delete_a_fact()
    out = StringIO()

    with pytest.raises(CommandError) as error:
        call_command("audit", stdout=out)

    assert error.value.returncode == 1
    assert contract["event_id"] in out.getvalue()


def test_without_json_the_command_says_that_every_invariant_holds(contract):
    record_order_placed(contract)
    out = StringIO()

    call_command("audit", stdout=out)

    assert out.getvalue() == "Every invariant holds.\n"


def test_the_audit_makes_as_many_queries_for_a_hundred_events_as_for_one(
    event, django_assert_num_queries
):
    for _ in range(100):
        record_order_placed(event())

    with django_assert_num_queries(4):
        document()
