"""The usual load on a running shop: clients that read the catalogue, buy, and change prices."""

import uuid

from lab.workload.load import mixture
from lab.workload.shop import restock
from tests.support.closed_loop import Load
from tests.support.shop import Client

READS = (
    "/api/products/?page={page}",
    "/api/products/{sku}/",
    "/api/products/?search={word}",
    "/api/products/best-sellers/",
    "/api/categories/",
)
WORDS = ("lamp", "oak", "steel", "e", "nothing+has+this+name")
CLIENTS, PAUSE = 5, 0.05


def shop_load(
    system,
    *,
    orders=0.3,
    price_changes=0.0,
    reads=READS,
    products=5,
    clients=CLIENTS,
    pause=PAUSE,
    **options,
):
    """A Load on this system; `orders` and `price_changes` are their shares of all requests.

    The fewer `products` it buys and edits, the more often requests wait for each other's locks.

    HAProxy may send reads and orders again when an instance dies, but not price changes.
    """
    admin = Client(system).login("admin")
    skus = restock(system.port, admin.bearer(), count=products)
    customer = Client(system).login("customer")
    choose = mixture(
        (1 - orders - price_changes, catalogue_reads(skus, customer, reads)),
        (orders, purchases(skus, customer)),
        (price_changes, price_edits(skus, admin)),
    )
    return Load(system.port, choose, clients=clients, pause=pause, **options)


def catalogue_reads(skus, user, paths=READS):
    """A chooser of reads with the user's token, which HAProxy never answers from its cache."""

    def read(chance):
        values = {"sku": chance.choice(skus), "page": chance.randint(1, 3)}
        path = chance.choice(paths).format(word=chance.choice(WORDS), **values)
        return {"method": "GET", "path": path, "headers": user.bearer()}

    return read


def purchases(skus, customer, name="customer"):
    """A chooser of orders of one to three products, each with its own idempotency key."""
    prefix = uuid.uuid4().hex[:8]  # two loads of the same seed place different orders

    def order(chance):
        key = f"{prefix}-{chance.getrandbits(64):016x}"
        lines = [
            {"sku": sku, "quantity": chance.randint(1, 3)}
            for sku in chance.sample(skus, chance.randint(1, 3))
        ]
        headers = customer.bearer() | {"Idempotency-Key": key}
        request = {"method": "POST", "path": "/api/orders/", "expect": 201}
        return request | {"headers": headers, "body": {"lines": lines}, "user": name}

    return order


def price_edits(skus, admin):
    """A chooser of new prices for some of the products."""

    def edit(chance):
        price = f"{chance.randint(1, 99)}.50"
        request = {"method": "PATCH", "path": f"/api/products/{chance.choice(skus)}/"}
        return request | {"headers": admin.bearer(), "body": {"price": price}}

    return edit


def acknowledged(load):
    """{idempotency key: order id} of all orders that the clients know to be placed."""
    return {
        exchange.key: exchange.document["id"]
        for exchange in list(load.exchanges)
        if exchange.key and exchange.succeeded
    }


def assert_nothing_failed(load):
    assert [str(failure) for failure in load.failures] == []
    assert acknowledged(load)


def assert_nothing_lost(shop, load):
    """Every acknowledged order exists, and both databases agree on everything."""
    assert shop.audit() == []
    customer = Client(shop).login("customer")
    for order in list(acknowledged(load).values())[-20:]:
        assert customer.get(f"/api/orders/{order}/").status == 200
