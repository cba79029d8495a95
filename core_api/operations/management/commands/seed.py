import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from core_api.accounts.services import ensure_logins
from core_api.catalog.models import Category, Product
from core_api.operations.seeding import fill_shop


class Command(BaseCommand):
    help = """Fills an empty shop with the demo catalogue, 90 days of orders, and the logins `admin` and `customer`.
    The same --seed gives the same rows on the same day: orders end at today's midnight (UTC). A shop that has
    a catalogue already is left as it is."""

    def add_arguments(self, parser):
        parser.add_argument(
            "--products", type=int, default=2000, help="how many products (default %(default)s)"
        )
        parser.add_argument(
            "--orders", type=int, default=5000, help="how many past orders (default %(default)s)"
        )
        parser.add_argument(
            "--lines", type=int, help="exactly so many products in each order (default: 1 to 5)"
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="another number gives another shop (default 1)"
        )

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
            self.fill(products, orders, seed, lines)
        # Elsewhere than at a developer's terminal the output ends in logs, which must hold no
        # password.
        if settings.DEBUG:
            self.tell_logins(passwords)

    def fill(self, products, orders, seed, lines):
        started = time.monotonic()
        midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        fill_shop(
            products=products,
            orders=orders,
            seed=seed,
            midnight=midnight,
            tell=self.tell,
            lines=lines,
        )
        seconds = time.monotonic() - started
        self.stdout.write(
            f"Seeded {products:,} products and {orders:,} orders (seed {seed}) in {seconds:.1f} s."
        )

    def tell(self, sentence):
        self.stderr.write(f"seed: {sentence}", style_func=str)

    def tell_logins(self, passwords):
        for name, password in passwords.items():
            self.stdout.write(f"  login {name}, password {password}")
        self.stdout.write("Next: python manage.py runserver, then open http://127.0.0.1:8000/")
