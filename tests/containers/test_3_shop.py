"""The shop works in containers: orders, events, tokens, long tasks, pages with their styles."""

from tests.support.engines.containers import eventually
from tests.support.engines.whole_shop import buy_and_see_it_in_analytics, finished_report
from tests.support.shop import Client


def test_the_first_up_leaves_a_seeded_catalogue(shop):
    assert Client(shop).document("/api/products/")["count"] == 2000


def test_an_order_reaches_analytics_within_three_seconds(shop):
    buy_and_see_it_in_analytics(shop, seconds=3)


def test_answers_name_the_container_that_gave_them_and_statistics_show_every_one(shop):
    names = {container["Id"][:12] for container in shop.containers("core-api")}
    assert len(names) == 2
    assert eventually(lambda: shop.served_by() >= names, 20, "an answer of each container")
    assert shop.statistics() == {"core-1": "UP", "core-2": "UP"}


def test_a_token_is_accepted_by_both_services_without_a_lookup(shop):
    admin = Client(shop).login("admin")
    core, analytics = admin.document("/api/whoami/"), admin.document("/analytics/whoami/")
    assert analytics["queries"] == 0
    assert core["username"] == analytics["username"] == "admin"
    assert analytics["instance"] == shop.containers("analytics-api")[0]["Id"][:12]


def test_a_long_task_is_done_by_the_worker_and_its_result_served_by_any_instance(shop):
    admin, job = finished_report(shop)
    answers = [admin.get(f"{job}result/") for _ in range(6)]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1


def test_pages_have_their_styles(shop):
    for path in ("/static/admin/css/base.css", "/analytics/static/admin/css/base.css"):
        answer = Client(shop).get(path)
        media_type = answer.headers["Content-Type"].split(";")[0]
        assert (answer.status, media_type) == (200, "text/css"), path


def test_what_clients_claim_about_themselves_is_not_believed(shop):
    """A forged protocol or host changes nothing: no answer links to another host."""
    forged = {"X-Forwarded-Host": "elsewhere.example", "X-Forwarded-Proto": "https"}
    answer = Client(shop).get("/api/products/", **forged)
    assert answer.status == 200
    assert b"elsewhere" not in answer.body
    assert Client(shop).get("/api/products/", Host="elsewhere.example").status == 400
