import json

from django.core.management.base import BaseCommand, CommandError

from analytics_api.sales import audit


class Command(BaseCommand):
    help = "Checks every invariant of the database; prints each violation and then exits with 1."

    def add_arguments(self, parser):
        help = "for ./escala audit, which compares the figures with core_api's"
        parser.add_argument("--json", action="store_true", help=help)

    def handle(self, **options):
        violations = list(audit.violations())
        if options["json"]:
            figures = {"events": audit.figures(), "units": audit.units()}
            self.stdout.write(json.dumps({"violations": violations} | figures))
            return
        for violation in violations:
            self.stdout.write(violation)
        if violations:
            raise CommandError(f"{len(violations)} violations", returncode=1)
        self.stdout.write("Every invariant holds.")
