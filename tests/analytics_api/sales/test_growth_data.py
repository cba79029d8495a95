"""The facts that `./escala bench --growth` writes with SQL: they add up like real ones."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from analytics_api.sales import audit
from analytics_api.sales.models import RecordedEvent, Sale
from lab.bench import growth_data

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the SQL is that of Postgres"),
]


def write():
    connection.cursor().execute("SELECT 1")  # opens the transaction that the test rolls back
    growth_data.write_facts(connection.connection, products=200, facts=1230, lines=10)
    facts = Sale.objects.order_by("event_id", "line")
    return list(facts.values_list("event_id", "line", "sku", "quantity", "unit_price"))


def test_there_are_as_many_facts_as_requested_and_the_audit_agrees():
    write()

    assert (Sale.objects.count(), RecordedEvent.objects.count()) == (1230, 123)
    assert list(audit.violations()) == []


def test_the_events_lie_in_the_ninety_days_before_today():
    write()

    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    times = RecordedEvent.objects.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    assert midnight - timedelta(days=90) < times["first"] < midnight - timedelta(days=89)
    assert midnight - timedelta(days=1) < times["last"] < midnight


def test_the_same_amounts_give_the_same_facts():
    first = write()
    Sale.objects.all().delete()
    RecordedEvent.objects.all().delete()

    assert write() == first
