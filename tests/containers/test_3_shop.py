"""The shop in containers does what the shop does: orders, events, tokens, long tasks, pages with
their styles."""

import uuid

from tests.support.containers import eventually


def test_the_first_up_leaves_a_seeded_catalogue(shop):
    assert shop.get("/api/products/")["count"] == 2000


def test_an_order_reaches_analytics_within_three_seconds(shop):
    staff = shop.token("admin")
    assert shop.audit(seconds=60) == []  # by then analytics knows the seeded orders

    def sold():
        summary = shop.get("/analytics/sales/summary/", token=staff)
        return summary["orders"], summary["units"]

    orders, units = sold()
    lines = [{"sku": sku, "quantity": 1} for sku in shop.skus()[:2]]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    status, _, text = shop.request(
        "/api/orders/", {"lines": lines}, token=shop.token("customer"), **key
    )
    assert status == 201, text
    eventually(lambda: sold() == (orders + 1, units + 2), 3, "the order in analytics")


def test_answers_name_the_container_that_gave_them_and_statistics_show_every_one(shop):
    names = {container["Id"][:12] for container in shop.containers("core-api")}
    assert len(names) == 2
    assert eventually(lambda: shop.served_by() >= names, 20, "an answer of each container")
    assert shop.statistics() == {"core-1": "UP", "core-2": "UP"}


def test_a_token_is_accepted_by_both_services_without_a_lookup(shop):
    token = shop.token("admin")
    core, analytics = (
        shop.get("/api/whoami/", token=token),
        shop.get("/analytics/whoami/", token=token),
    )
    assert analytics["queries"] == 0
    assert core["username"] == analytics["username"] == "admin"
    assert analytics["instance"] == shop.containers("analytics-api")[0]["Id"][:12]


def test_a_long_task_is_done_by_the_worker_and_its_result_served_by_any_instance(shop):
    staff = shop.token("admin")
    period = {"from": "2020-01-01", "to": "2030-01-01"}
    status, headers, text = shop.request("/api/reports/", period, token=staff)
    assert status == 202, text

    def job():
        return shop.get(headers["Location"], token=staff)

    eventually(lambda: job()["state"] in ("done", "failed"), 60, "the report")
    assert job()["state"] == "done", job()
    answers = [shop.request(f"{headers['Location']}result/", token=staff) for _ in range(6)]
    assert {status for status, _, _ in answers} == {200}
    assert len({text for _, _, text in answers}) == 1


def test_pages_have_their_styles(shop):
    for path in ("/static/admin/css/base.css", "/analytics/static/admin/css/base.css"):
        status, headers, _ = shop.request(path)
        assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/css"), path


def test_what_clients_claim_about_themselves_is_not_believed(shop):
    """A forged address of a client, or a forged host, changes nothing: no answer links to another
    host."""
    forged = {"X-Forwarded-Host": "elsewhere.example", "X-Forwarded-Proto": "https"}
    assert shop.request("/api/products/", **forged)[2].find("elsewhere") == -1
    assert shop.request("/api/products/", Host="elsewhere.example")[0] == 400
