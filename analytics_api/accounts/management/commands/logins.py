from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from chassis import env

RIGHTS = {"is_staff": True, "is_superuser": True}


class Command(BaseCommand):
    help = "Creates the demo user `admin` with ADMIN_PASSWORD, as in core_api."

    def handle(self, **options):
        """Customers send a token of core_api and are no users here."""
        password = env.secret("ADMIN_PASSWORD", length=12)
        user, _ = get_user_model().objects.get_or_create(username="admin", defaults=RIGHTS)
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        self.stdout.write("Logins ready: admin.")
