from django.core.management.base import BaseCommand

from core_api.accounts.services import ensure_logins


class Command(BaseCommand):
    help = "Creates the users `admin` and `customer` with ADMIN_PASSWORD and CUSTOMER_PASSWORD."

    def handle(self, **options):
        self.stdout.write(f"Logins ready: {', '.join(ensure_logins())}.")
