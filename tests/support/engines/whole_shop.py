"""What a shop in containers does with an order and a long task, on one engine or on many nodes."""

from tests.support.engines.containers import eventually
from tests.support.shop import Client, two_products


def buy_and_see_it_in_analytics(shop, seconds=3):
    """Places an order, which must be in the sales figures within so many seconds."""
    admin, customer = Client(shop).login("admin"), Client(shop).login("customer")
    assert shop.audit(seconds=60) == []  # so analytics has recorded the seeded orders

    def sold():
        summary = admin.document("/analytics/sales/summary/")
        return summary["orders"], summary["units"]

    orders, units = sold()
    answer = customer.order(*((sku, 1) for sku in two_products(customer)))
    assert answer.status == 201, answer.body
    eventually(lambda: sold() == (orders + 1, units + 2), seconds, "the order in analytics")


def finished_report(shop):
    """Has a report made; (a client that may read it, the address of the job)."""
    admin = Client(shop).login("admin")
    accepted = admin.post("/api/reports/", {"from": "2020-01-01", "to": "2030-01-01"})
    assert accepted.status == 202, accepted.body
    job = accepted.headers["Location"]
    eventually(lambda: admin.document(job)["state"] in ("done", "failed"), 60, "the report")
    assert admin.document(job)["state"] == "done", admin.document(job)
    return admin, job
