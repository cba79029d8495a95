from django.core.management.base import BaseCommand

from analytics_api.accounts.services import ensure_admin


class Command(BaseCommand):
    help = "Creates the demo user `admin` with ADMIN_PASSWORD, as in core_api."

    def handle(self, **options):
        self.stdout.write(f"Logins ready: {', '.join(ensure_admin())}.")
