import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from core_api.accounts.services import ensure_logins
from core_api.catalog.models import Category
from core_api.operations.demo import fill_shop


class Command(BaseCommand):
    help = """Fills an empty shop with the demo catalogue, 90 days of orders, and the logins `admin`
    and `customer`. The same --seed gives the same rows on the same day: the orders end at midnight
    (UTC) of today. A shop that already has a catalogue is not changed."""

    def add_arguments(self, parser):
        add = parser.add_argument
        add("--products", type=int, default=2000, help="how many products (default %(default)s)")
        add("--orders", type=int, default=5000, help="how many past orders (default %(default)s)")
        add("--seed", type=int, default=1, help="another number gives another shop (default 1)")

    def handle(self, *, products, orders, seed, **options):
        if products < 1 or orders < 0:
            raise CommandError("--products must be at least 1 and --orders at least 0.")
        try:
            seeded = Category.objects.exists()  # every product has one
        except DatabaseError as error:
            raise CommandError(
                f"The database is not ready ({error}). Run the command `migrate` first."
            ) from error
        passwords = ensure_logins()
        if seeded:
            self.stdout.write("The shop is seeded already: nothing was changed.")
        else:
            self.fill(products=products, orders=orders, seed=seed)
        if settings.DEBUG:  # otherwise the output ends up in logs, which must contain no password
            for name, password in passwords.items():
                self.stdout.write(f"  login {name}, password {password}")
            self.stdout.write("Next: python manage.py runserver, then open http://127.0.0.1:8000/")

    def fill(self, *, products, orders, seed):
        started = time.monotonic()
        today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        fill_shop(products=products, orders=orders, seed=seed, midnight=today, report=self.report)
        self.stdout.write(
            f"Seeded {products:,} products and {orders:,} orders (seed {seed})"
            f" in {time.monotonic() - started:.1f} s."
        )

    def report(self, sentence):
        self.stderr.write(f"seed: {sentence}", style_func=str)  # not red: it is no error
