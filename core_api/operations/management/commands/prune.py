from django.core.management.base import BaseCommand, CommandError

from core_api.operations.prune import prunable, remove


class Command(BaseCommand):
    help = """Removes expired refresh tokens, acknowledged events and finished jobs, and prints how
    many. Never removed: orders, stock movements, and events that analytics has not acknowledged."""

    def add_arguments(self, parser):
        parser.add_argument(
            "--days",
            type=int,
            default=30,
            help="how long to keep events and jobs (default %(default)s)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only print what would be removed"
        )

    def handle(self, *, days, dry_run, **options):
        if not 0 <= days <= 36_500:
            raise CommandError("--days must be between 0 and 36500.")
        for name, rows in prunable(days).items():
            count = rows.count() if dry_run else remove(rows)
            self.stdout.write(f"{'would remove' if dry_run else 'removed'} {count:,} {name}")
