"""ORDERS as a load: each has a key of its own, and no product runs out, so that what became of each
can be counted."""

from lab.waiting import wait_until

PLENTY = 1_000_000  # in stock: no order of a load is refused


def stocked(lab, count=40):
    """The skus of some products, each now with plenty in stock."""
    staff = lab.bearer("admin")
    rows = lab.ask("GET", f"/api/products/?ordering=sku&page_size={count}")["results"]
    for row in rows:
        lab.ask("PATCH", f"/api/products/{row['sku']}/", {"stock": PLENTY}, staff)
    return [row["sku"] for row in rows]


def chooser(lab, skus, prefix, **more):
    """A chooser of orders, one unit of one product each; its key begins with `prefix` and is noted
    in the record."""
    customer = lab.bearer("customer")

    def order(chance):
        key = f"{prefix}/{chance.getrandbits(64):016x}"
        body = {"lines": [{"sku": chance.choice(skus), "quantity": 1}]}
        headers = customer | {"Idempotency-Key": key}
        request = {"kind": "order", "method": "POST", "path": "/api/orders/", "note": key}
        return request | {"headers": headers, "body": body} | more

    return order


def placed(lab, prefix):
    """{key: how many orders have it}, of all keys that begin with `prefix`."""
    rows = lab.sql(
        "core",
        "SELECT idempotency_key, count(*) FROM orders_order WHERE starts_with(idempotency_key, %s) GROUP BY 1",
        prefix,
    )
    return dict(rows)


def wait_for_events(lab, seconds=30):
    """Returns when analytics has recorded every order, or after so many seconds."""
    waiting = "SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL"
    wait_until(lambda: lab.sql("core", waiting) == [(0,)], seconds=seconds)
