"""`./escala trace` on a whole system: by each id, and with what happened meanwhile."""

import pytest

from lab.polling import wait_until
from tests.support.shapes import assert_recorded_shape
from tests.support.shop import Client, two_products


@pytest.fixture
def order(laptop):
    """An order that analytics has, as the client got it."""
    customer = Client(laptop).login("customer")
    answer = customer.order((two_products(customer)[0], 1))
    find = "SELECT 1 FROM orders_outboxevent e JOIN orders_order o ON o.event_id = e.id"
    find += " WHERE o.id = %s AND acknowledged IS NOT NULL"
    assert wait_until(lambda: laptop.sql("core", find, answer.json()["id"]), seconds=20)
    return answer


@pytest.mark.parametrize("kind", ["request", "order", "event"])
def test_an_order_is_followed_from_haproxy_to_analytics_by_any_of_its_ids(laptop, order, kind):
    id = {"request": order.headers["X-Request-ID"], "order": order.json()["id"]}.get(kind)
    [(event,)] = laptop.sql(
        "core", "SELECT event_id::text FROM orders_order WHERE id = %s", order.json()["id"]
    )

    document = laptop.json("trace", id or event)

    assert document["taken_for"] == [kind]
    assert document["order"]["id"] == order.json()["id"]
    assert document["notes"] == []
    parts = {entry["part"] for entry in document["timeline"]}
    assert parts == {"haproxy", order.headers["X-Served-By"], "postgres", "relay", "recorder-1"}
    assert "SQL statements" in str(document["timeline"])
    assert_recorded_shape("trace", document)


def test_a_replayed_order_shows_both_requests_and_one_request_only_itself(laptop, order):
    customer = Client(laptop).login("customer")
    sku, _ = two_products(customer)
    first, second = (customer.order((sku, 1), key="traced twice") for _ in range(2))

    by_order = laptop.json("trace", first.json()["id"])
    by_request = laptop.json("trace", second.headers["X-Request-ID"])

    ids = [answer.headers["X-Request-ID"] for answer in (first, second)]
    assert sorted(each["id"] for each in by_order["requests"]) == sorted(ids)
    assert [each["id"] for each in by_request["requests"]] == ids[1:]


def test_a_job_is_followed_to_its_worker_by_its_id_and_by_its_requests(laptop):
    admin = Client(laptop).login("admin")
    answer = admin.post("/api/reports/", {"from": "2026-01-01", "to": "2026-01-02"})
    id = answer.json()["id"]
    assert wait_until(lambda: admin.get(f"/api/jobs/{id}/").json()["state"] == "done", seconds=30)

    by_job, by_request = (
        laptop.json("trace", given) for given in (id, answer.headers["X-Request-ID"])
    )

    assert (by_job["taken_for"], by_request["taken_for"]) == (["job"], ["request"])
    for document in (by_job, by_request):
        assert document["job"]["state"] == "done"
        assert {"relay", "worker-1"} <= {entry["part"] for entry in document["timeline"]}


def test_a_request_that_was_sent_again_says_so(laptop):
    customer = Client(laptop).login("customer")
    laptop.run("kill", "core-1", "--signal", "STOP")
    try:
        answers = [customer.get("/api/products/?page_size=1") for _ in range(8)]
    finally:
        laptop.run("start", "core-1")

    told = [
        " ".join(laptop.run("trace", answer.headers["X-Request-ID"]).stdout.split())
        for answer in answers[:2]
    ]

    assert any("core-2 at attempt 2, another one than the first" in text for text in told), told


def test_an_id_of_nothing_ends_with_1_and_no_id_with_2(laptop):
    unknown = laptop.run("trace", "00000000-0000-4000-8000-000000000000", code=1)

    assert "next: check the id" in unknown.stderr
    assert "is no id" in laptop.run("trace", "no id", code=2).stderr
