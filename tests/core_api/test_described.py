import re

import pytest
from django.contrib.staticfiles import finders

from core_api.operations import demo
from tests.support import described

pytestmark = pytest.mark.django_db

CATALOGUE = ("/api/categories/", "/api/products/")


@pytest.fixture
def browser(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def orders_page(browser):
    return browser.get("/api/orders/", headers=described.HTML).content.decode()


def test_an_operation_has_a_padlock_exactly_where_it_needs_a_token():
    operations = described.operations(described.document())
    padlocks = {name: "security" in operation for name, operation in operations.items()}

    assert padlocks == described.demanded()
    assert {True, False} == set(padlocks.values())
    assert all(o["security"] == [{"jwtAuth": []}] for o in operations.values() if "security" in o)


def test_every_operation_has_a_summary_of_its_own():
    operations = described.operations(described.document()).values()
    summaries = [operation["summary"] for operation in operations]

    assert all(summaries) and len(set(summaries)) == len(summaries)
    assert not any(operation.get("description") == operation["summary"] for operation in operations)


def test_the_document_says_where_a_token_comes_from():
    schemes = described.document()["components"]["securitySchemes"]

    assert list(schemes) == ["jwtAuth"]
    assert "POST /api/token/" in schemes["jwtAuth"]["description"]


def test_every_error_is_the_one_shared_response():
    document = described.document()
    for name, operation in described.operations(document).items():
        errors = [code for code in operation["responses"] if code >= "4"]
        found = [operation["responses"][code] for code in errors]

        assert found == [{"$ref": "#/components/responses/Problem"}] * len(errors), name
        assert {"400", "5XX"} <= set(errors)
    shared = document["components"]["responses"]["Problem"]
    assert list(shared["content"]) == ["application/problem+json"]


def test_a_page_shows_which_instance_served_it_how_long_and_with_how_many_queries(browser):
    for address, page in described.pages(browser).items():
        shown = described.shown_headers(page)

        assert shown["X-Served-By"] and "queries" in shown["Server-Timing"], address
        assert ("X-Cache" in shown) is address.startswith(CATALOGUE), address


def test_what_a_page_shows_of_the_headers_is_what_is_sent(browser, make_product):
    make_product("TEA-1")
    answer = browser.get("/api/products/TEA-1/", headers=described.HTML)
    shown = described.shown_headers(answer.content.decode())

    same = ["X-Cache", "X-Served-By", "X-Request-ID", "Cache-Control"]
    assert [shown[name] for name in same] == [answer[name] for name in same]
    assert 'cache;desc="off"' in answer["Server-Timing"]


def test_no_page_shows_backticks(browser):
    token = browser.get("/api/token/", headers=described.HTML).content.decode()
    pages = described.pages(browser) | {"/api/token/": token}

    assert len(pages) > 5
    assert [address for address, page in pages.items() if "`" in described.text_of(page)] == []


def test_the_page_of_orders_has_a_form_with_lines_and_a_key(orders_page):
    form = re.search(r'<form id="order".*?</form>', orders_page, re.DOTALL)[0]

    assert 'data-url="/api/orders/"' in form
    assert re.findall(r'name="(\w+)"', form) == ["sku", "quantity", "key"]
    assert 'id="answer"' in form and 'href="#order"' in orders_page
    # Forms of DRF would send no key, and the fields of an order that was placed.
    assert 'name="served_by"' not in orders_page and 'name="_content"' not in orders_page


def test_the_form_is_sent_as_json_with_a_fresh_key_by_a_script_of_our_own(orders_page):
    scripts = re.findall(r'<script src="/static/(core_api/[^"]+)"', orders_page)
    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", orders_page)

    assert scripts == ["core_api/order.js"]
    assert inline == [] and not re.search(r'<form id="order"[^>]* on\w+=', orders_page)
    with open(finders.find(scripts[0])) as file:
        text = file.read()
    for essential in ['"Idempotency-Key": key.value', '"application/json"', "getRandomValues"]:
        assert essential in text


def test_the_form_of_the_page_of_products_has_every_field_that_staff_may_write(browser):
    page = browser.get("/api/products/", headers=described.HTML).content.decode()
    form = page.partition('id="post-object-form"')[2].partition("</form>")[0]
    names = {"sku", "name", "description", "category", "price", "stock", "active"}

    assert set(re.findall(r'name="(\w+)"', form)) - {"csrfmiddlewaretoken"} == names


def test_who_is_not_logged_in_gets_no_form(client):
    page = client.get("/api/orders/", headers=described.HTML).content.decode()

    assert 'id="order"' not in page and "/api/login/" in page


def test_the_example_of_the_form_is_a_product_of_the_demo(orders_page):
    example = re.search(r'name="sku" value="([^"]+)"', orders_page)[1]

    assert example in {product.sku for product in demo.demo_products(2000, seed=1)}
