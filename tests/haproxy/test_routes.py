"""Which service, and which backend of HAProxy, answers which address."""

import pytest

from tests.support.edge import until


@pytest.mark.parametrize(
    "path", ["/", "/api/", "/api/products/?page=2", "/admin/", "/static/a.css", "/analyticsx/"]
)
def test_the_shop_answers_everything_that_is_not_analytics(edge, path):
    assert edge.get(path).headers["X-Served-By"].startswith("core-")


@pytest.mark.parametrize(
    "path", ["/analytics", "/analytics/", "/analytics/sales/daily/?from=2024-01-01"]
)
def test_analytics_answers_what_is_below_its_name(edge, path):
    answer = edge.get(path)
    assert answer.headers["X-Served-By"] == "analytics-1"
    assert answer.json()["path"] == path


def test_requests_are_shared_among_the_instances(edge):
    answers = {edge.get("/api/products/").headers["X-Served-By"] for _ in range(10)}
    assert answers == {"core-1", "core-2"}


@pytest.mark.parametrize(
    "method, path, backend",
    [
        ("GET", "/api/products/", "core"),
        ("GET", "/api/jobs/1/", "core"),
        ("POST", "/api/orders/", "core"),
        ("POST", "/api/imports/", "core_long"),
        ("POST", "/api/reports/", "core_long"),
        ("GET", "/api/jobs/8f14e45f/result/", "core_long"),
    ],
)
def test_long_requests_have_a_backend_of_their_own(edge, method, path, backend):
    def answered():
        header, *rows = [
            row.split(",") for row in edge.command("show stat -1 2 -1").splitlines() if row
        ]
        return {row[0]: int(row[header.index("hrsp_2xx")]) for row in rows}

    before = answered()
    assert edge.ask(method, path, b"{}" if method == "POST" else None).status == 200

    def counted():
        return {name for name, count in answered().items() if count > before[name]}

    until(counted, "the answer counted")  # HAProxy counts it after it was sent
    assert counted() == {backend}
