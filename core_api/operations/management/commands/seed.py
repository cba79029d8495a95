import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from core_api.accounts.services import ensure_logins
from core_api.catalog.models import Category, Product
from core_api.operations.seeding import fill_shop


class Command(BaseCommand):
    help = """Fills an empty shop with the demo catalogue, 90 days of orders, and the logins `admin`
    and `customer`. The same --seed gives the same rows on the same day: the orders end at midnight
    (UTC) of today. A shop that already has a catalogue is not changed."""

    def add_arguments(self, parser):
        add = parser.add_argument
        add("--products", type=int, default=2000, help="how many products (default %(default)s)")
        add("--orders", type=int, default=5000, help="how many past orders (default %(default)s)")
        add("--lines", type=int, help="exactly so many products in each order (default: 1 to 5)")
        add("--seed", type=int, default=1, help="another number gives another shop (default 1)")

    def handle(self, *, products, orders, seed, lines, **options):
        if products < 1 or orders < 0:
            raise CommandError("--products must be at least 1 and --orders at least 0.")
        if lines is not None and not 1 <= lines <= products:
            raise CommandError(
                f"--lines must be 1 to {products:,}: an order names each product once."
            )
        try:
            seeded = Product.objects.exists() or Category.objects.exists()
        except DatabaseError as error:
            raise CommandError(
                f"The database is not ready ({error}). Run the command `migrate` first."
            ) from error
        passwords = ensure_logins()
        if seeded:
            self.stdout.write("The shop is seeded already: nothing was changed.")
        else:
            self.fill(products=products, orders=orders, seed=seed, lines=lines)
        if settings.DEBUG:  # otherwise the output ends up in logs, which must contain no password
            for name, password in passwords.items():
                self.stdout.write(f"  login {name}, password {password}")
            self.stdout.write("Next: python manage.py runserver, then open http://127.0.0.1:8000/")

    def fill(self, *, products, orders, seed, **options):
        started = time.monotonic()
        midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        sizes = {"products": products, "orders": orders, "seed": seed}
        fill_shop(**sizes, **options, midnight=midnight, tell=self.report)
        self.stdout.write(
            f"Seeded {products:,} products and {orders:,} orders (seed {seed})"
            f" in {time.monotonic() - started:.1f} s."
        )

    def report(self, sentence):
        self.stderr.write(f"seed: {sentence}", style_func=str)
