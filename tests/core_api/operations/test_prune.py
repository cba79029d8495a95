"""Pruning removes what is spent, names it, and leaves everything else."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from core_api.accounts.serializers import refresh_token_for
from core_api.catalog.models import StockMovement
from core_api.jobs.models import Job, JobChunk
from core_api.operations.management.commands import prune as pruning
from core_api.orders.models import Order, OutboxEvent, Refusal
from core_api.orders.services import place_order

pytestmark = pytest.mark.django_db


def prune(**options):
    out = io.StringIO()
    call_command("prune", stdout=out, **options)
    return out.getvalue()


def ago(**time):
    return timezone.now() - timedelta(**time)


def event(acknowledged=None):
    return OutboxEvent.objects.create(
        kind="order_placed", payload={"lines": []}, acknowledged=acknowledged
    )


def test_expired_tokens_go_with_their_blacklist_entry_and_valid_ones_stay(customer):
    spent, valid = refresh_token_for(customer), refresh_token_for(customer)
    spent.blacklist()
    valid.blacklist()  # used already: must stay until it expires, or it could be used again
    OutstandingToken.objects.filter(jti=spent["jti"]).update(expires_at=ago(hours=2))

    said = prune()

    assert "removed 1 spent refresh tokens" in said
    assert list(OutstandingToken.objects.values_list("jti", flat=True)) == [valid["jti"]]
    assert list(BlacklistedToken.objects.values_list("token__jti", flat=True)) == [valid["jti"]]


def test_refusals_of_long_ago_go_and_recent_ones_stay(customer):
    for key, days in (("old", 31), ("recent", 29)):
        Refusal.objects.create(user=customer, idempotency_key=key, created_at=ago(days=days))

    said = prune()

    assert "removed 1 refusals of orders more than 30 days ago" in said
    assert [refusal.idempotency_key for refusal in Refusal.objects.all()] == ["recent"]


def test_events_acknowledged_long_ago_go_and_no_other(customer):
    old = event(acknowledged=ago(days=31))
    recent, waiting = event(acknowledged=ago(days=29)), event()
    OutboxEvent.objects.filter(pk=waiting.pk).update(created=ago(days=400), sent=ago(days=399))

    said = prune()

    assert "removed 1 events acknowledged more than 30 days ago" in said
    assert set(OutboxEvent.objects.values_list("pk", flat=True)) == {recent.pk, waiting.pk}
    assert old.pk not in OutboxEvent.objects.values_list("pk", flat=True)


def test_finished_jobs_go_with_their_files_and_unfinished_ones_stay():
    for state, finished_at in [
        ("done", ago(days=40)),
        ("failed", ago(days=31)),
        ("done", ago(days=2)),
    ]:
        job = Job.objects.create(
            kind="report", state=state, finished_at=finished_at, created_at=ago(days=41)
        )
        JobChunk.objects.create(job=job, stream="result", number=0, data=b"sku,units")
    Job.objects.create(kind="report", state="queued", created_at=ago(days=400))
    Job.objects.create(kind="import", state="running", created_at=ago(days=400))

    said = prune()

    assert "removed 2 jobs finished more than 30 days ago" in said
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "queued", "running"]
    assert JobChunk.objects.count() == 1


def test_orders_and_movements_stay_when_their_event_is_pruned(customer, make_product):
    make_product("TEA-1", stock=5)
    place_order(user_id=customer.id, key="k", lines=[{"sku": "TEA-1", "quantity": 1}])
    OutboxEvent.objects.update(acknowledged=ago(days=50))

    prune()

    assert (OutboxEvent.objects.count(), Order.objects.count(), StockMovement.objects.count()) == (
        0,
        1,
        2,
    )


def test_a_dry_run_counts_and_removes_nothing():
    event(acknowledged=ago(days=31))

    assert "would remove 1 events" in prune(dry_run=True)
    assert OutboxEvent.objects.count() == 1


def test_days_moves_the_limit():
    event(acknowledged=ago(days=5))

    assert "removed 0 events" in prune(days=6)
    assert "removed 1 events" in prune(days=4)


def test_more_rows_than_a_batch_are_all_removed(monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    for _ in range(5):
        event(acknowledged=ago(days=31))

    assert "removed 5 events" in prune()
    assert OutboxEvent.objects.count() == 0


def test_a_negative_number_of_days_is_refused():
    with pytest.raises(CommandError, match="between 0"):
        prune(days=-1)
