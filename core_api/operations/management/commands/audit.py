import json

from django.core.management.base import BaseCommand, CommandError

from core_api.operations import audit
from core_api.orders.models import OutboxEvent


class Command(BaseCommand):
    help = "Checks all invariants of the shop's database. Exit code 1 if one is violated."

    def add_arguments(self, parser):
        parser.add_argument(
            "--json", action="store_true", help="for ./escala audit, which joins it with analytics"
        )

    def handle(self, **options):
        violations = list(audit.violations())
        if options["json"]:
            return self.print_document(violations)
        for violation in violations:
            self.stdout.write(violation)
        if violations:
            raise CommandError(f"{len(violations)} violations", returncode=1)
        self.stdout.write("Every invariant holds.")

    def print_document(self, violations):
        waiting = OutboxEvent.objects.waiting().count()
        self.stdout.write(
            json.dumps({"violations": violations, "waiting": waiting, "events": audit.figures()})
        )
