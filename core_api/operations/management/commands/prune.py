from django.core.management.base import BaseCommand, CommandError

from core_api.operations.prune import prunable, remove


class Command(BaseCommand):
    help = """Removes spent refresh tokens, acknowledged events and finished jobs, and says how many of each. Orders,
    stock movements and events that analytics has not acknowledged are never removed."""

    def add_arguments(self, parser):
        parser.add_argument(
            "--days",
            type=int,
            default=30,
            help="keep events and jobs so long (default %(default)s)",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *, days, dry_run, **options):
        if not 0 <= days <= 36_500:
            raise CommandError("--days must be between 0 and 36500.")
        for name, rows in prunable(days).items():
            count = rows.count() if dry_run else remove(rows)
            self.stdout.write(f"{'would remove' if dry_run else 'removed'} {count:,} {name}")
