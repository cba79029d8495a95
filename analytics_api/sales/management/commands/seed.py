import time
from itertools import islice

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from analytics_api.sales.demo import demo_facts
from analytics_api.sales.models import RecordedEvent, Sale

BATCH = 500  # events of a transaction


class Command(BaseCommand):
    help = """Fills empty tables with made-up facts of 90 days, for measuring: they belong to no order of a shop.
    Where events were recorded already nothing is changed, and the command fails."""

    def add_arguments(self, parser):
        parser.add_argument("--facts", type=int, required=True, help="how many facts")
        parser.add_argument(
            "--seed", type=int, default=1, help="another number gives other facts (default 1)"
        )

    def handle(self, *, facts, seed, **options):
        if facts < 1:
            raise CommandError("--facts must be at least 1.")
        if RecordedEvent.objects.exists():
            raise CommandError(
                "There are facts already, and made-up ones would falsify the figures. Use an empty database."
            )
        started = time.monotonic()
        midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        made = demo_facts(facts, seed, midnight)
        while batch := list(islice(made, BATCH)):
            with transaction.atomic():
                RecordedEvent.objects.bulk_create(event for event, _ in batch)
                Sale.objects.bulk_create(fact for _, own in batch for fact in own)
        self.stdout.write(
            f"Seeded {facts:,} facts (seed {seed}) in {time.monotonic() - started:.1f} s."
        )
