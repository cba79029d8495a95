"""A load whose every answer can be checked: by its address, its reader, and the prices written.

Two users buy, and read their own orders and each other's. Some products are only read, so that
their pages stay in the cache. One more client writes prices, which HAProxy does not repeat.
"""

import itertools
import random
from contextlib import contextmanager
from typing import NamedTuple

from lab.polling import wait_until
from lab.workload.load import mixture
from lab.workload.shop import restock
from tests.support.closed_loop import Load
from tests.support.shop import Client
from tests.support.shoppers import catalogue_reads, purchases

BOUGHT, PRICED, QUIET = 5, 2, 3  # products
USERS = ("customer", "admin")
NEW_PRICE = 0.3  # seconds between two


class CheckedLoad(NamedTuple):
    shop: Load  # readers and buyers
    prices: Load  # one client, so that each product has one price after the other
    quiet: list  # skus of products that nobody buys or changes: cached before the load begins


@contextmanager
def checked_load(laptop, *, seed=1, **options):
    """Runs a CheckedLoad during the `with` block; `options` are those of the Load `shop`."""
    users = {name: Client(laptop).login(name) for name in USERS}
    skus = restock(laptop.port, users["admin"].bearer(), count=BOUGHT + PRICED + QUIET)
    bought, priced, quiet = skus[:BOUGHT], skus[BOUGHT:-QUIET], skus[-QUIET:]
    for sku in quiet:
        # After a fault of the cache, an instance does not use it for some seconds.
        assert wait_until(lambda sku=sku: is_cached(users["customer"], sku), seconds=20), sku
    choose = mixture(
        (0.35, catalogue_reads(bought, users["customer"])),
        (0.15, catalogue_reads(priced, users["customer"], ["/api/products/{sku}/"])),
        (0.10, catalogue_reads(quiet, users["customer"], ["/api/products/{sku}/"])),
        (0.10, private_reads(users, bought[0])),
        (0.20, purchases(bought, users["customer"])),
        (0.10, purchases(bought, users["admin"], "admin")),
    )
    shop = Load(laptop.port, choose, seed=seed, **options)
    writer = price_writer(priced, users["admin"])
    prices = Load(laptop.port, writer, clients=1, period=NEW_PRICE, seed=seed)
    with shop, prices:
        yield CheckedLoad(shop, prices, quiet)


def is_cached(client, sku, reads=6):
    """Whether each of several reads, by whichever instance, is answered from the cache."""
    answers = [client.get(f"/api/products/{sku}/") for _ in range(reads)]
    return all(answer.headers["X-Cache"] in ("redis", "near") for answer in answers)


def private_reads(users, sku):
    """A chooser of what belongs to one user: orders, a job of the admin, who am I."""
    orders = {name: users[name].order((sku, 1)).json()["id"] for name in users}
    days = {"from": "2026-01-01", "to": "2026-01-31"}
    job = users["admin"].post("/api/reports/", days).json()["id"]

    def read(chance):
        name = chance.choice(USERS)
        owner = chance.choice(USERS)
        paths = ["/api/orders/", f"/api/orders/{orders[owner]}/", "/api/whoami/"]
        path = chance.choice([*paths, f"/api/jobs/{job}/"])
        if path.startswith("/api/jobs/"):
            name = owner = "admin"
        own = owner == name or orders[owner] not in path
        request = {"method": "GET", "path": path, "headers": users[name].bearer()}
        return request | {"user": name, "expect": 200 if own else 404}

    return read


def price_writer(skus, admin):
    """A chooser of prices that no product ever had, so that a price names the write it is from."""
    number = itertools.count(random.randrange(100_000, 9_000_000))

    def write(chance):
        request = {"method": "PATCH", "path": f"/api/products/{chance.choice(skus)}/"}
        return request | {"headers": admin.bearer(), "body": {"price": f"{next(number)}.25"}}

    return write
