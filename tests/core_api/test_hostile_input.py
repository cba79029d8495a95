"""Each bad body, value, query, header or address gets a 4xx problem, and changes nothing."""

import json

import pytest
from django.contrib import admin
from django.db import transaction

from core_api.catalog.models import Product
from core_api.jobs.models import Job
from core_api.orders.models import Order
from tests.support.hostile import documents, queries

pytestmark = pytest.mark.django_db

WRITES = [
    ("POST", "/api/token/"),
    ("POST", "/api/token/refresh/"),
    ("POST", "/api/products/"),
    ("POST", "/api/orders/"),
    ("POST", "/api/reports/"),
    ("PATCH", "/api/products/TEA-1/"),
]
CHANGES_NOTHING = ("nothing", "an empty form")  # a PATCH of no field is right
NEW = {"sku": "CUP-1", "name": "A cup", "category": "tea", "price": "1.00", "stock": 1}


def rows(table):
    """[(key, value)] of a table that has several values for each key, one test for each."""
    return [(key, value) for key, values in table.items() for value in values]


def assert_problem(answer, status, *fields):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "request_id"} <= problem.keys()
    assert (problem["status"], problem["request_id"]) == (status, answer["X-Request-ID"])
    assert set(fields) <= problem.get("errors", {}).keys()


@pytest.fixture(autouse=True)
def tea(make_product):
    return make_product("TEA-1")


def send(api, method, address, body, content_type=documents.JSON):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.generic(method, address, data, content_type, headers={"Idempotency-Key": "key"})


@pytest.mark.parametrize(("method", "address"), WRITES)
@pytest.mark.parametrize("name", documents.NO_DOCUMENT)
def test_a_body_that_is_no_document_is_refused_everywhere(staff_api, tea, method, address, name):
    body, content_type, status = documents.NO_DOCUMENT[name]

    answer = send(staff_api, method, address, body, content_type)

    if address == "/api/orders/" and body and "form" in content_type:
        status = 415  # orders take JSON alone
    if method == "PATCH" and name in CHANGES_NOTHING:
        assert answer.status_code == 200
    else:
        assert_problem(answer, status)
    assert list(Product.objects.values_list("name", "stock")) == [(tea.name, tea.stock)]
    assert not Order.objects.exists() and not Job.objects.exists()


@pytest.mark.parametrize(("field", "value"), rows(documents.PRODUCT))
def test_a_bad_value_in_a_product_is_refused_by_name(staff_api, tea, field, value):
    new = send(staff_api, "POST", "/api/products/", NEW | {field: value})
    change = send(staff_api, "PATCH", "/api/products/TEA-1/", {field: value})

    assert_problem(new, 400, field)
    assert_problem(change, 400, field)
    assert list(Product.objects.values_list("sku", "name", "stock")) == [
        ("TEA-1", tea.name, tea.stock)
    ]


@pytest.mark.parametrize(
    ("sent", "wanted"), documents.ODD_PRODUCT.values(), ids=documents.ODD_PRODUCT
)
def test_an_odd_product_is_taken_for_what_it_says(staff_api, sent, wanted):
    answer = send(staff_api, "POST", "/api/products/", NEW | sent)

    assert answer.status_code == 201
    shown = staff_api.get("/api/products/CUP-1/").json()
    assert {name: shown[name] for name in wanted} == wanted
    assert shown["updated_at"] > "2001"


def test_of_a_key_that_stands_twice_the_last_counts(staff_api):
    body = json.dumps(NEW)[:-1].encode() + b', "price": "2.00"}'

    assert send(staff_api, "POST", "/api/products/", body).json()["price"] == "2.00"


@pytest.mark.parametrize(("method", "address"), WRITES)
@pytest.mark.parametrize("content_type", documents.TWICE)
def test_a_field_that_a_form_has_twice_is_refused(staff_api, tea, method, address, content_type):
    answer = send(staff_api, method, address, documents.TWICE[content_type], content_type)

    if address == "/api/orders/":
        assert_problem(answer, 415)
    else:
        assert_problem(answer, 400, "price")
    assert Product.objects.get().price == tea.price


@pytest.mark.parametrize(("field", "number"), documents.ROUNDED)
def test_a_number_of_a_body_is_not_rounded(staff_api, tea, field, number):
    body = f'{{"{field}": {number}}}'.encode()

    assert_problem(send(staff_api, "PATCH", "/api/products/TEA-1/", body), 400)
    assert Product.objects.get().price == tea.price


@pytest.mark.parametrize("content_type", documents.NO_UTF8)
def test_a_form_that_is_not_utf8_is_refused(staff_api, tea, content_type):
    body = documents.NO_UTF8[content_type]

    assert_problem(send(staff_api, "PATCH", "/api/products/TEA-1/", body, content_type), 400)
    assert Product.objects.get().name == tea.name


@pytest.mark.parametrize("lines", documents.LINES)
def test_lines_that_make_no_sense_are_no_order(customer_api, lines):
    assert_problem(send(customer_api, "POST", "/api/orders/", {"lines": lines}), 400)
    assert not Order.objects.exists()


@pytest.mark.parametrize(("field", "value"), rows(documents.LARGE_PRODUCT))
def test_an_error_does_not_repeat_what_was_sent(staff_api, field, value):
    answer = send(staff_api, "POST", "/api/products/", NEW | {field: value})

    assert_problem(answer, 400, field)
    assert len(answer.content) < 1000


@pytest.mark.parametrize("field", ["from", "to"])
@pytest.mark.parametrize("value", documents.NO_DAY)
def test_a_day_that_is_none_is_no_report(staff_api, field, value):
    days = {"from": "2026-01-01", "to": "2026-12-31"} | {field: value}

    assert_problem(send(staff_api, "POST", "/api/reports/", days), 400, field)
    assert not Job.objects.exists()


@pytest.mark.parametrize("value", documents.LOGIN)
def test_a_login_of_the_wrong_kind_is_refused_by_name(anonymous_api, customer, value):
    right = {"username": "carla", "password": "a-long-word"}

    for field in right:
        assert_problem(
            send(anonymous_api, "POST", "/api/token/", right | {field: value}), 400, field
        )
    assert_problem(
        send(anonymous_api, "POST", "/api/token/refresh/", {"refresh": value}), 400, "refresh"
    )


@pytest.mark.parametrize("value", ["x" * 5000, "é" * 5000, "' OR 1=1--", 7, "carla "])
def test_an_unknown_login_is_401(anonymous_api, customer, value):
    right = {"username": "carla", "password": "a-long-word"}

    for field in right:
        if value != "carla " or field == "password":
            assert_problem(send(anonymous_api, "POST", "/api/token/", right | {field: value}), 401)


@pytest.mark.parametrize(("question", "status"), queries.QUERIES.items(), ids=str)
def test_a_question_is_answered_in_pages_of_at_most_100_or_refused(
    anonymous_api, tea, question, status
):
    Product.objects.bulk_create(
        Product(sku=f"P-{n}", name="Tea", category=tea.category, price=1) for n in range(100)
    )

    answer = anonymous_api.get(f"/api/products/?{question}")

    if status == 200:
        assert (answer.status_code, len(answer.json()["results"]) <= 100) == (200, True)
    else:
        assert_problem(answer, status)


@pytest.mark.parametrize(("headers", "status"), queries.HEADERS)
def test_odd_headers_are_ignored_or_refused(anonymous_api, headers, status):
    answer = anonymous_api.get("/api/products/TEA-1/?search=a%20b", headers=headers)

    assert answer.status_code == status
    assert answer["Content-Type"] == (
        "application/json" if status == 200 else "application/problem+json"
    )


@pytest.mark.parametrize("value", queries.IDS)
def test_what_is_no_id_leads_nowhere(staff_api, value):
    for pattern in ("products/{}/", "orders/{}/", "jobs/{}/", "jobs/{}/result/", "{}/"):
        assert_problem(staff_api.get(f"/api/{pattern.format(value)}"), 404)
    assert_problem(staff_api.patch(f"/api/products/{value}/", {}), 404)
    assert_problem(staff_api.delete(f"/api/products/{value}/"), 404)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_a_write_without_the_last_slash_is_refused_and_not_redirected(staff_api, method):
    assert_problem(send(staff_api, method, "/api/products", NEW), 404)
    assert staff_api.get("/api/products")["Location"] == "/api/products/"


def test_a_method_that_an_address_does_not_have_is_405_and_says_which_it_has(staff_api):
    for method, address in [
        ("PUT", "/api/orders/"),
        ("POST", "/api/products/TEA-1/"),
        ("BREW", "/api/"),
    ]:
        answer = staff_api.generic(method, address)

        assert_problem(answer, 405)
        assert method not in answer["Allow"].split(", ")
    assert_problem(staff_api.get("/api/logout/"), 405)


@pytest.mark.parametrize("question", queries.ADMIN_QUERIES)
def test_no_question_breaks_a_list_of_the_admin(admin_client, question):
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/?{question}"

        with transaction.atomic():  # as in life: a query that failed takes no other request with it
            assert admin_client.get(address).status_code in (200, 302, 400), address
            transaction.set_rollback(True)


@pytest.mark.parametrize("value", queries.IDS)
def test_what_is_no_id_leads_nowhere_in_the_admin(admin_client, value):
    for model in admin.site._registry:
        for page in ("change", "delete", "history"):
            address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{value}/{page}/"

            assert admin_client.get(address).status_code in (302, 403, 404), address


@pytest.mark.parametrize("version", ["%00", "%0d%0aX:1", "é", "x" * 5000])
def test_the_schemas_version_is_no_way_into_its_headers(anonymous_api, version):
    answer = anonymous_api.get(f"/api/schema/?version={version}")

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'inline; filename="Escala core_api.yaml"'
