from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from chassis.clock import due
from core_api.jobs.models import Job
from core_api.orders.models import OutboxEvent, Refusal

# A token is removed only when it is expired by the clock of every instance.
LEEWAY = timedelta(hours=1)
BATCH = 1000  # rows per transaction, so that no request waits long for a lock


def prunable(days):
    """{name: rows} of expired tokens, and of events, jobs and refusals of `days` days ago."""
    now, age = timezone.now(), timedelta(days=days)
    # A stamp of today that lies a little in the future is no reason to remove a row already.
    acknowledged, finished, refused = (
        due(name, age, ahead=age) for name in ("acknowledged", "finished_at", "created_at")
    )
    return {
        "spent refresh tokens": OutstandingToken.objects.filter(expires_at__lt=now - LEEWAY),
        f"events acknowledged more than {days} days ago": OutboxEvent.objects.filter(acknowledged),
        f"jobs finished more than {days} days ago": Job.objects.filter(finished),
        f"refusals of orders more than {days} days ago": Refusal.objects.filter(refused),
    }


def remove(rows):
    """Delete the rows of a QuerySet, with all that depends on them, and return their number."""
    removed = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=keys).delete()
        removed += len(keys)
    return removed


class Command(BaseCommand):
    help = """Removes expired refresh tokens, acknowledged events, finished jobs and old refusals,
    and prints how many. Never removed: orders, stock movements, and events that analytics has not
    acknowledged."""

    def add_arguments(self, parser):
        days = "how long to keep events, jobs and refusals (default %(default)s)"
        parser.add_argument("--days", type=int, default=30, help=days)
        dry_run = "only print what would be removed"
        parser.add_argument("--dry-run", action="store_true", help=dry_run)

    def handle(self, *, days, dry_run, **options):
        if not 0 <= days <= 36_500:
            raise CommandError("--days must be between 0 and 36500.")
        for name, rows in prunable(days).items():
            count = rows.count() if dry_run else remove(rows)
            self.stdout.write(f"{'would remove' if dry_run else 'removed'} {count:,} {name}")
