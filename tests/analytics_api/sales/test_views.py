from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from analytics_api.sales.services import record_order_placed

pytestmark = pytest.mark.django_db
ADDRESSES = [
    "/analytics/sales/daily/",
    "/analytics/sales/top-products/",
    "/analytics/sales/summary/",
]


def assert_problem(answer, status):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_without_a_token_figures_are_refused(anonymous_api, address):
    answer = anonymous_api.get(address)

    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_customer_sees_no_figures(customer_api, address):
    assert_problem(customer_api.get(address), 403)


@pytest.mark.parametrize("address", ADDRESSES)
def test_staff_sees_figures(staff_api, address):
    assert staff_api.get(address).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_staff_of_this_service_sees_figures_in_a_browser(client, django_user_model, address):
    client.force_login(django_user_model.objects.create_user("admin", is_staff=True))

    answer = client.get(address, headers={"Accept": "text/html"})

    assert answer.status_code == 200
    assert "text/html" in answer["Content-Type"]


def test_the_last_thirty_days_are_shown_by_default(staff_api, event):
    today = datetime.now(UTC)
    for age in (0, 29, 30):
        record_order_placed(event(occurred_at=(today - timedelta(days=age)).isoformat()))

    days = [day["date"] for day in staff_api.get("/analytics/sales/daily/").json()]

    assert days == [(today - timedelta(days=29)).date().isoformat(), today.date().isoformat()]


def test_daily_figures_carry_money_as_text_with_two_decimals(staff_api, event):
    record_order_placed(event([("TEA-1", 3, "0.10")], occurred_at="2026-02-01T10:00:00+00:00"))

    answer = staff_api.get("/analytics/sales/daily/?from=2026-02-01&to=2026-02-01")

    assert answer.json() == [{"date": "2026-02-01", "orders": 1, "units": 3, "revenue": "0.30"}]


def test_top_products_are_ten_by_default(staff_api, event):
    for number in range(12):
        record_order_placed(event([(f"TEA-{number:02}", 12 - number, "1.10")]))

    assert len(staff_api.get("/analytics/sales/top-products/").json()) == 10
    assert staff_api.get("/analytics/sales/top-products/?limit=1").json() == [
        {"sku": "TEA-00", "category": "tea", "units": 12, "revenue": "13.20"}
    ]


def test_the_summary_counts_orders_units_money_and_events(staff_api, contract):
    record_order_placed(contract)
    record_order_placed(contract)

    assert staff_api.get("/analytics/sales/summary/").json() == {
        "orders": 1,
        "units": 3,
        "revenue": "32.05",
        "events": 1,
    }


def test_the_largest_sums_fit(staff_api, event):
    line = {"sku": "TEA-1", "category": "tea", "quantity": 2**31 - 1, "unit_price": "99999999.99"}
    for _ in range(3):
        record_order_placed(event(lines=[]) | {"lines": [line] * 1000})

    revenue = staff_api.get("/analytics/sales/summary/").json()["revenue"]

    assert float(revenue) == pytest.approx(3000 * (2**31 - 1) * 99999999.99)


HOSTILE = {
    "/analytics/sales/daily/?from=2026-02-02&to=2026-02-01": "from",
    "/analytics/sales/daily/?from=2099-01-01": "from",
    "/analytics/sales/daily/?from=2026-02-30": "from",
    "/analytics/sales/daily/?from=yesterday": "from",
    "/analytics/sales/daily/?from=%00": "from",
    "/analytics/sales/daily/?from=2026-02-01%00": "from",
    "/analytics/sales/daily/?from=NaN": "from",
    "/analytics/sales/daily/?from=%ff": "from",
    "/analytics/sales/daily/?from=2026-W01-1": "from",
    "/analytics/sales/daily/?from=2026-1-1": "from",
    "/analytics/sales/daily/?from=%202026-01-01": "from",
    "/analytics/sales/daily/?from=%D9%A2%D9%A0%D9%A2%D9%A6-01-01": "from",
    "/analytics/sales/daily/?from=2026-01-01&from=2026-01-02": "from",
    "/analytics/sales/daily/?to=&to=2026-01-02": "to",
    "/analytics/sales/daily/?to=20260101": "to",
    "/analytics/sales/daily/?from=2026-02-01T00:00:00Z": "from",
    "/analytics/sales/daily/?to=0000-01-01": "to",
    "/analytics/sales/daily/?to=0001-01-01": "to",
    "/analytics/sales/daily/?to=9999-12-31": "to",
    "/analytics/sales/daily/?to=Infinity": "to",
    "/analytics/sales/daily/?to=" + "9" * 4000: "to",
    "/analytics/sales/daily/?to=2026-02-01'--": "to",
    "/analytics/sales/top-products/?limit=0": "limit",
    "/analytics/sales/top-products/?limit=101": "limit",
    "/analytics/sales/top-products/?limit=-1": "limit",
    "/analytics/sales/top-products/?limit=1.5": "limit",
    "/analytics/sales/top-products/?limit=NaN": "limit",
    "/analytics/sales/top-products/?limit=1e2": "limit",
    "/analytics/sales/top-products/?limit=1_0": "limit",
    "/analytics/sales/top-products/?limit=10.0": "limit",
    "/analytics/sales/top-products/?limit=10.": "limit",
    "/analytics/sales/top-products/?limit=0x1": "limit",
    "/analytics/sales/top-products/?limit=1%200": "limit",
    "/analytics/sales/top-products/?limit=1&limit=2": "limit",
    "/analytics/sales/top-products/?limit=1&limit=1": "limit",
    "/analytics/sales/top-products/?limit=true": "limit",
    "/analytics/sales/top-products/?limit=%00": "limit",
    "/analytics/sales/top-products/?limit=" + "9" * 4000: "limit",
}


@pytest.mark.parametrize(("address", "field"), HOSTILE.items())
def test_a_question_that_makes_no_sense_is_a_400_that_names_the_field(staff_api, address, field):
    answer = staff_api.get(address)

    assert_problem(answer, 400)
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize(
    "question",
    ["from=&to=", "other=1", "from=0001-01-01&to=2000-01-01", "to=2100-01-01", "to=2000-01-01"],
)
def test_odd_but_answerable_questions_are_answered(staff_api, question):
    assert staff_api.get(f"/analytics/sales/daily/?{question}").status_code == 200


def test_nothing_can_be_written_here(staff_api):
    for address in ADDRESSES:
        for method in (staff_api.post, staff_api.put, staff_api.patch, staff_api.delete):
            assert_problem(method(address, {}), 405)


def test_while_the_database_is_away_figures_are_a_503_and_not_a_bug(staff_api):
    def fail(execute, sql, *arguments):
        raise OperationalError("the database went away")

    with connection.execute_wrapper(fail):
        answer = staff_api.get("/analytics/sales/summary/")

    assert_problem(answer, 503)
    assert answer["Retry-After"]
