"""A purchase, a report and an import through the whole system, from HAProxy to the worker."""

import csv
import io

import pytest

from lab.polling import wait_until
from tests.support.faults.processes import server
from tests.support.shop import Client, two_products


@pytest.fixture
def admin(laptop):
    return Client(laptop).login("admin")


@pytest.fixture
def customer(laptop):
    return Client(laptop).login("customer")


def finished(admin, job):
    """The job's document when it is done or failed, after a minute at most."""
    address = job.headers["Location"]
    assert wait_until(lambda: admin.get(address).json()["state"] in ("done", "failed"), seconds=60)
    return admin.get(address).json()


def test_an_order_reaches_analytics_within_three_seconds_with_the_same_figures(admin, customer):
    before = admin.get("/analytics/sales/summary/").json()
    first, second = two_products(customer)

    order = customer.order((first, 2), (second, 1))

    assert order.status == 201

    def arrived():
        return admin.get("/analytics/sales/summary/").json()["events"] == before["events"] + 1

    assert wait_until(arrived, seconds=3)
    after = admin.get("/analytics/sales/summary/").json()
    assert after["orders"] == before["orders"] + 1
    assert after["units"] == before["units"] + 3
    assert round(float(after["revenue"]) - float(before["revenue"]), 2) == float(
        order.json()["total"]
    )


def test_a_repeated_key_is_one_order_whichever_instance_answers(customer):
    first, _ = two_products(customer)

    answers = [customer.order((first, 1), key="the-same-key-again") for _ in range(6)]

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert len({answer.headers["X-Served-By"] for answer in answers}) == 2


def test_one_token_is_accepted_by_every_instance_and_by_analytics_without_a_query(customer):
    core = [customer.get("/api/whoami/").json() for _ in range(8)]
    analytics = customer.get("/analytics/whoami/").json()

    assert {row["instance"] for row in core} == {"core-1", "core-2"}
    assert analytics["instance"] == "analytics-1"
    assert {row["queries"] for row in [*core, analytics]} == {0}
    assert {row["username"] for row in [*core, analytics]} == {"customer"}


def test_a_report_is_requested_made_by_a_worker_and_downloaded(admin):
    job = admin.post("/api/reports/", {"from": "2000-01-01", "to": "2100-01-01"})

    assert job.status == 202
    document = finished(admin, job)
    assert document["state"] == "done", document
    result = admin.get(f"{job.headers['Location']}result/")
    rows = list(csv.DictReader(io.StringIO(result.body.decode())))
    assert len(rows) == document["result"]["rows"]
    assert sum(int(row["quantity"]) for row in rows) == document["result"]["units"]


def test_of_10_000_imported_rows_the_25_bad_ones_are_named_and_the_rest_arrives(admin):
    lines = [
        f"IMP-{number:05},Item {number},Imported goods,{number % 90}.50,{number % 7},"
        for number in range(10_000)
    ]
    for number in range(0, 10_000, 400):
        lines[number] = f"IMP-{number:05},Item {number},Imported goods,dear,1,"
    count = admin.get("/api/products/").json()["count"]

    job = admin.upload(
        "/api/imports/", "\n".join(["sku,name,category,price,stock,description", *lines])
    )
    document = finished(admin, job)

    assert document["state"] == "done", document
    result = document["result"]
    assert (result["imported"], result["rejected"]) == (9_975, 25)
    assert [row["line"] for row in result["rows"]] == [
        number + 2 for number in range(0, 10_000, 400)
    ]
    assert {row["column"] for row in result["rows"]} == {"price"}
    assert all(row["reason"] for row in result["rows"])
    assert admin.get("/api/products/").json()["count"] == count + 9_975
    assert admin.get("/api/products/IMP-00001/").json()["price"] == "1.50"


def test_customers_get_no_report_and_strangers_no_orders(laptop, customer):
    assert customer.post("/api/reports/", {"from": "2026-01-01", "to": "2026-01-31"}).status == 403
    assert customer.get("/analytics/sales/summary/").status == 403
    assert Client(laptop).get("/api/orders/").status == 401


def test_the_cache_stays_valid_while_nobody_reads_and_there_is_no_relay(laptop):
    cache, epochs = server(laptop, "cache"), set()

    def ended():
        epochs.add(cache.get(":1:lease"))
        return None in epochs or len(epochs) > 1

    laptop.run("kill", "relay")
    try:
        assert not wait_until(ended, seconds=3), epochs
    finally:
        laptop.run("start", "relay")
