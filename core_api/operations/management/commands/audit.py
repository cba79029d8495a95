import json

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core_api.operations import audit
from core_api.orders.models import OutboxEvent


class Command(BaseCommand):
    help = "Checks all invariants of the shop's database. Exit code 1 if one is violated."

    def add_arguments(self, parser):
        help = "for ./escala audit, which compares the figures with those of analytics"
        parser.add_argument("--json", action="store_true", help=help)

    @transaction.atomic
    def handle(self, **options):
        audit.see_one_moment()
        violations = list(audit.violations())
        if options["json"]:
            document = {
                "violations": violations,
                "waiting": OutboxEvent.objects.waiting().count(),
                "events": audit.figures(),
                "units": audit.units_sold(),
            }
            self.stdout.write(json.dumps(document))
            return
        for violation in violations:
            self.stdout.write(violation)
        if violations:
            raise CommandError(f"{len(violations)} violations", returncode=1)
        self.stdout.write("Every invariant holds.")
