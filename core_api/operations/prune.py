"""Rows that are no longer needed. Orders, movements and anything unfinished are never removed."""

from datetime import timedelta

from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from core_api.jobs.models import Job
from core_api.orders.models import OutboxEvent

# A token is removed only when it is expired by the clock of every instance.
LEEWAY = timedelta(hours=1)
BATCH = 1000  # rows per transaction, so that no request waits long for a lock


def prunable(days):
    """{name: rows} of expired refresh tokens, and of events and jobs that ended `days` days ago."""
    now = timezone.now()
    limit = now - timedelta(days=days)
    return {
        "spent refresh tokens": OutstandingToken.objects.filter(expires_at__lt=now - LEEWAY),
        f"events acknowledged more than {days} days ago": OutboxEvent.objects.filter(
            acknowledged__lt=limit
        ),
        f"jobs finished more than {days} days ago": Job.objects.finished_before(limit),
    }


def remove(rows):
    """Delete the rows of a QuerySet, with all that depends on them, and return their number."""
    removed = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=keys).delete()
        removed += len(keys)
    return removed
