"""Made-up facts: as many as asked, adding up like real ones, the same for the same seed, and never
among real ones."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from analytics_api.sales import audit
from analytics_api.sales.demo import demo_facts
from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.services import record_order_placed

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def everything(count, seed):
    return [
        (
            event.event_id,
            event.occurred_at,
            event.total,
            [(fact.sku, fact.quantity) for fact in facts],
        )
        for event, facts in demo_facts(count, seed, MIDNIGHT)
    ]


def test_there_are_as_many_facts_as_asked_and_they_add_up(db, capsys):
    call_command("seed", facts=1234)

    assert (Sale.objects.count(), RecordedEvent.objects.count()) == (1234, 124)
    assert list(audit.violations()) == []
    assert "Seeded 1,234 facts" in capsys.readouterr().out


def test_facts_lie_in_the_ninety_days_before_midnight():
    moments = [event.occurred_at for event, _ in demo_facts(900, 1, MIDNIGHT)]

    assert moments == sorted(moments)
    assert moments[0] == MIDNIGHT - timedelta(days=90)
    assert MIDNIGHT - timedelta(days=2) < moments[-1] < MIDNIGHT


def test_the_same_seed_gives_the_same_facts_and_another_one_others():
    assert everything(50, seed=1) == everything(50, seed=1) != everything(50, seed=2)


def test_recorded_events_are_never_mixed_with_made_up_ones(db, event):
    record_order_placed(event())

    with pytest.raises(CommandError, match="falsify"):
        call_command("seed", facts=10)

    assert Sale.objects.count() == 1


def test_a_number_that_makes_no_facts_is_refused(db):
    with pytest.raises(CommandError, match="at least 1"):
        call_command("seed", facts=0)
