"""The audit finds data that was changed by hand; each test restores it."""

import threading
import time

import pytest

from lab.stack import audit
from tests.support.shapes import assert_recorded_shape
from tests.support.shop import Client, two_products


@pytest.fixture
def order(laptop):
    customer = Client(laptop).login("customer")
    answer = customer.order((two_products(customer)[0], 1)).json()
    assert laptop.json("audit") == {"ok": True, "violations": []}
    return answer


def violations(laptop):
    document = laptop.json("audit", code=1)
    assert document["ok"] is False
    assert_recorded_shape("audit", document)
    return " ".join(document["violations"])


def test_a_stock_changed_by_hand_is_named(laptop, order):
    sku = order["lines"][0]["sku"]
    laptop.sql("core", "UPDATE catalog_product SET stock = stock + 1 WHERE sku = %s", sku)

    assert f"stock of {sku}" in violations(laptop)

    laptop.sql("core", "UPDATE catalog_product SET stock = stock - 1 WHERE sku = %s", sku)


def test_a_quantity_changed_by_hand_is_named(laptop, order):
    change = "UPDATE orders_orderline SET quantity = quantity + %s WHERE order_id = %s"
    laptop.sql("core", change, 1, order["id"])

    assert f"order {order['id']}" in violations(laptop)

    laptop.sql("core", change, -1, order["id"])


def test_a_deleted_fact_is_named(laptop, order):
    event = laptop.sql("core", "SELECT event_id FROM orders_order WHERE id = %s", order["id"])[0][0]
    where = "FROM sales_sale WHERE event_id = %s"
    kept = laptop.sql(
        "analytics", f"SELECT line, sku, category, quantity, unit_price, date {where}", event
    )
    laptop.sql("analytics", f"DELETE {where}", event)

    assert str(event) in violations(laptop)

    columns = "event_id, line, sku, category, quantity, unit_price, date"
    for row in kept:
        values = "VALUES (%s, %s, %s, %s, %s, %s, %s)"
        laptop.sql("analytics", f"INSERT INTO sales_sale ({columns}) {values}", event, *row)
    assert laptop.json("audit")["ok"]


def test_a_product_with_another_sku_in_analytics_is_named(laptop, order):
    sku = order["lines"][0]["sku"]
    event = laptop.sql("core", "SELECT event_id FROM orders_order WHERE id = %s", order["id"])[0][0]
    change = "UPDATE sales_sale SET sku = %s WHERE event_id = %s"
    laptop.sql("analytics", change, "RENAMED-1", event)

    found = violations(laptop)

    assert f"core has 1 units of {sku}, analytics has 0" in found
    assert "core has 0 units of RENAMED-1, analytics has 1" in found
    laptop.sql("analytics", change, sku, event)


def test_an_order_placed_while_the_audit_reads_is_no_violation(laptop, order, monkeypatch):
    customer, read = Client(laptop).login("customer"), audit.manage.manage
    late = threading.Timer(5, laptop.run, ("start", "recorder-1"))

    def place_an_order_and_read(*arguments, **options):
        if not late.ident:
            laptop.run("kill", "recorder-1")
            customer.order((order["lines"][0]["sku"], 1))
            late.start()
        return read(*arguments, **options)

    monkeypatch.setattr(audit.manage, "manage", place_an_order_and_read)

    assert audit.audit(laptop.home) == {"ok": True, "violations": []}
    late.join()


def test_a_job_without_a_worker_is_named(laptop, monkeypatch):
    admin = Client(laptop).login("admin")
    laptop.run("kill", "worker-1")
    admin.post("/api/reports/", {"from": "2026-01-01", "to": "2026-01-02"})
    monkeypatch.setattr(audit.wait_finished, "__kwdefaults__", {"patience": 3})

    found = audit.audit(laptop.home)["violations"]

    assert any("neither done nor failed" in violation for violation in found)
    laptop.run("start", "worker-1")
    assert laptop.json("audit")["ok"]


def test_events_that_wait_by_the_operators_choice_are_no_violation(laptop):
    customer = Client(laptop).login("customer")
    laptop.run("up", "--set", "ANALYTICS=off")
    customer.order((two_products(customer)[0], 1))

    assert laptop.json("audit")["ok"]

    laptop.run("up", "--set", "ANALYTICS=events")
    assert laptop.json("audit")["ok"]


def test_work_from_before_the_clock_was_set_back_counts_as_unfinished(laptop):
    insert = "INSERT INTO {} VALUES (gen_random_uuid(), {}, now() + interval '1 hour') RETURNING id"
    event = "orders_outboxevent (id, kind, payload, created)", "'no_such_kind', '{}'"
    laptop.run("kill", "relay")
    [(found,)] = laptop.sql("core", insert.format(*event))

    assert laptop.sql("core", audit.EVENTS.left, time.time()) == [(1,)]

    laptop.sql("core", "DELETE FROM orders_outboxevent WHERE id = %s", found)
    laptop.run("start", "relay")
