"""Each lie that an answer can tell is found: a body of another address, or an old price."""

import dataclasses

import pytest

from tests.support.closed_loop import Exchange
from tests.support.faults.bodies import orders_seen, stale_prices, wrong_bodies

LINES = [{"sku": "A-1", "quantity": 2}, {"sku": "B-1", "quantity": 1}]
ORDER = {
    "id": "order-1",
    "lines": [line | {"unit_price": "1.50"} for line in reversed(LINES)],
    "total": "4.50",
}
LAMP = {"sku": "A-1", "name": "Oak Lamp", "description": "It shines.", "price": "1.50"}
PAGE = {"count": 1, "next": None, "previous": None, "results": [LAMP]}
ADDRESS = "http://127.0.0.1/api/products/"
SECOND = PAGE | {"next": f"{ADDRESS}?page=3", "previous": ADDRESS}
LAST = PAGE | {"previous": ADDRESS}
BEST = {"as_of": "2026-01-01T00:00:00Z", "results": [{"sku": "A-1", "units": 3}]}
CATEGORIES = PAGE | {"results": [{"slug": "light", "name": "Light"}]}


def exchange(path, document, *, method="GET", status=200, length=9, start=0, **request):
    request |= {"method": method, "path": path, "expect": status}
    headers = {"Content-Length": "9"}
    return Exchange(request, start, 1, status, headers, document, length)


def ordered(order, **more):
    return exchange(
        "/api/orders/", order, method="POST", status=201, body={"lines": LINES}, user="me", **more
    )


TRUE = [
    exchange("/api/products/A-1/", LAMP),
    exchange("/api/products/?search=lamp", PAGE),
    exchange("/api/products/?page=2", SECOND),
    exchange("/api/products/?page=2", LAST),
    exchange("/api/products/best-sellers/", BEST),
    exchange("/api/categories/", CATEGORIES),
    exchange("/api/orders/", {"results": [ORDER]}, user="me"),
    exchange("/api/orders/order-1/", ORDER, user="me"),
    exchange("/api/orders/order-2/", {"status": 404}, status=404, user="me"),
    exchange("/api/jobs/job-1/", {"id": "job-1", "kind": "report"}),
    exchange("/api/whoami/", {"username": "me"}, user="me"),
    ordered(ORDER),
    exchange("/api/products/A-1/", LAMP, method="PATCH", body={"price": "1.50"}),
]
LIES = {
    "another product": exchange("/api/products/B-1/", LAMP),
    "a product as a list": exchange("/api/products/A-1/", [LAMP]),
    "a list as a product": exchange("/api/products/A-1/", PAGE),
    "another search": exchange("/api/products/?search=table", PAGE),
    "another page": exchange("/api/products/?page=4", SECOND),
    "another last page": exchange("/api/products/?page=1", LAST),
    "a page of another form": exchange("/api/products/?page=1", [LAMP]),
    "a list as best sellers": exchange("/api/products/best-sellers/", PAGE),
    "best sellers as a list": exchange("/api/products/?page=1", BEST),
    "products as categories": exchange("/api/categories/", PAGE),
    "a category as the list of them": exchange("/api/categories/", {"slug": "light"}),
    "another order": exchange("/api/orders/order-2/", ORDER, user="me"),
    "an order as the list of them": exchange("/api/orders/", ORDER, user="me"),
    "an order that does not add up": exchange(
        "/api/orders/order-1/", ORDER | {"total": "4.00"}, user="me"
    ),
    "an order of other lines": ordered(ORDER | {"lines": ORDER["lines"][:1], "total": "1.50"}),
    "an order of another total": ordered(ORDER | {"total": "9.00"}),
    "another job": exchange("/api/jobs/job-2/", {"id": "job-1", "kind": "report"}),
    "a job of another kind": exchange("/api/jobs/job-1/", {"id": "job-1", "kind": "import"}),
    "another user": exchange("/api/whoami/", {"username": "you"}, user="me"),
    "another price than was written": exchange(
        "/api/products/A-1/", LAMP, method="PATCH", body={"price": "2.50"}
    ),
    "no JSON": exchange("/api/whoami/", None, user="me"),
    "half a body": exchange("/api/products/A-1/", LAMP, length=8),
}


def test_true_answers_pass():
    assert list(wrong_bodies(TRUE)) == []


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_body_that_is_not_that_of_its_request_is_found(lie):
    assert len(list(wrong_bodies([*TRUE, lie]))) == 1


def test_every_order_in_a_body_counts_as_seen_by_its_reader():
    page = exchange("/api/orders/", {"results": [ORDER | {"id": "order-2"}]}, user="you")

    assert orders_seen([*TRUE, page]) == {"order-1": {"me"}, "order-2": {"you"}}


def write(price, start, status=200):
    path, body = "/api/products/A-1/", {"price": price}
    written = exchange(path, LAMP | body, method="PATCH", start=start, body=body)
    return dataclasses.replace(written, status=status)


def read(price, start, path="/api/products/A-1/"):
    product = LAMP | {"price": price}
    return exchange(path, PAGE | {"results": [product]} if "?" in path else product, start=start)


# Each request takes a second: the write of 2.00 is acknowledged at 11, that of 3.00 at 21.
WRITES = [write("2.00", 10), write("3.00", 20)]
LOST = write("9.00", 5, status=504)


@pytest.mark.parametrize(
    ("writes", "price", "start", "lag", "is_lie"),
    [
        (WRITES, "1.00", 5, 0, False),  # before all writes any price may be there
        (WRITES, "1.00", 10.5, 0, False),  # 2.00 is not yet acknowledged
        (WRITES, "2.00", 9.5, 0, False),  # it may be there already
        (WRITES, "1.00", 12, 0, True),
        (WRITES, "2.00", 12, 0, False),
        (WRITES, "3.00", 12, 0, True),  # nobody has written it yet
        (WRITES, "3.00", 19.5, 0, False),
        (WRITES, "2.00", 20.5, 0, False),
        (WRITES, "2.00", 22, 0, True),
        (WRITES, "2.00", 22, 2, False),  # it may be seen 2 s late
        (WRITES, "2.00", 24, 2, True),
        (WRITES, "1.00", 22, 2, True),
        ([LOST, *WRITES], "9.00", 22, 0, False),  # a failed write may happen at any time
        ([LOST, *WRITES], "8.00", 22, 0, True),
        ([], "1.00", 22, 0, False),
    ],
)
@pytest.mark.parametrize("path", ["/api/products/A-1/", "/api/products/?page=1"])
def test_a_price_older_than_the_last_one_acknowledged_is_found(
    writes, price, start, lag, is_lie, path
):
    assert len(list(stale_prices([read(price, start, path)], writes, lag=lag))) == is_lie


def test_best_sellers_say_how_old_they_are_and_other_products_do_not_count():
    others = exchange(
        "/api/products/?page=1", PAGE | {"results": [LAMP | {"sku": "B-1"}]}, start=22
    )
    best = dataclasses.replace(read("1.00", 22, "/api/products/?page=1"))
    best.request["path"] = "/api/products/best-sellers/"

    assert list(stale_prices([others, best], WRITES)) == []
