"""What nobody needs any more, by name; pruning never touches an order, a movement, or anything
unfinished."""

from datetime import timedelta

from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from core_api.jobs.models import Job
from core_api.orders.models import OutboxEvent

# A used token is forgotten only when no instance's clock takes it for valid any more.
LEEWAY = timedelta(hours=1)
BATCH = 1000  # rows per transaction, so that no request waits long for a lock


def prunable(days):
    """{name: rows}: expired refresh tokens, and events acknowledged and jobs finished more than
    `days` days ago."""
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
    """Delete `rows` (a QuerySet) and what belongs to them; how many rows, without what belonged to
    them."""
    removed = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=keys).delete()
        removed += len(keys)
    return removed
