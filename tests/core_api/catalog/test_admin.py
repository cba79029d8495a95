"""The catalogue in the admin: what staff correct there is written like everywhere else."""

import pytest
from django.urls import reverse

from core_api.catalog.models import Category, Product, StockMovement
from core_api.operations import audit
from tests.support.hostile import documents

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/product/"
MOVEMENTS = "/admin/catalog/stockmovement/"


def form_of(product, **changes):
    """The values that a browser sends for a product's form: present ones, and the changed ones."""
    opened = {
        "name": product.name,
        "description": product.description,
        "category": product.category_id,
        "price": f"{product.price:.2f}",
        "stock": product.stock,
        "active": "on",
    }
    before = {f"initial-{name}": value for name, value in opened.items()} | {
        "initial-active": "True"
    }
    return opened | before | changes


def save(client, product, form):
    response = client.post(f"{LIST}{product.pk}/change/", form)
    assert response.status_code == 302, response.context["errors"]
    product.refresh_from_db()


def test_a_stock_given_by_staff_is_a_count_written_as_a_movement(admin_client, make_product):
    product = make_product("TEA-1", stock=10)

    save(admin_client, product, form_of(product, stock=4))

    assert product.stock == 4
    assert list(StockMovement.objects.values_list("delta", "reason")) == [
        (-6, "count"),
        (10, "initial"),
    ]
    assert list(audit.stock_violations()) == []


def test_an_old_form_does_not_undo_what_was_sold_since_it_was_opened(admin_client, make_product):
    product = make_product("TEA-1", stock=10)
    form = form_of(product, price="9.90")
    StockMovement.objects.create(product=product, delta=-3, reason="order")
    Product.objects.update(stock=7)

    save(admin_client, product, form)

    assert (product.stock, str(product.price)) == (7, "9.90")


def test_a_changed_price_is_seen_by_the_next_read(
    admin_client, make_product, anonymous_api, django_capture_on_commit_callbacks
):
    product = make_product("TEA-1", price="12.50")
    addresses = ["/api/products/", "/api/products/TEA-1/"]
    for address in addresses:
        anonymous_api.get(address)
        assert anonymous_api.get(address)["X-Cache"] != "miss"

    with django_capture_on_commit_callbacks(execute=True):
        save(admin_client, product, form_of(product, price="9.90"))

    assert anonymous_api.get(addresses[0]).json()["results"][0]["price"] == "9.90"
    assert anonymous_api.get(addresses[1]).json()["price"] == "9.90"


@pytest.mark.parametrize(
    ("field", "value"),
    [("price", value) for value in documents.NO_PRICE if isinstance(value, str)]
    + [("stock", value) for value in documents.NO_COUNT if isinstance(value, str)],
)
def test_a_number_that_the_api_refuses_is_refused_here(admin_client, make_product, field, value):
    product = make_product("TEA-1", stock=10, price="12.50")

    for name in (field, f"initial-{field}"):
        form = form_of(product, **{name: value})
        answer = admin_client.post(f"{LIST}{product.pk}/change/", form)

        if name == field:
            assert list(answer.context["errors"]) and answer.status_code == 200
        product.refresh_from_db()
        assert (product.stock, str(product.price)) == (10, "12.50")


def test_a_price_of_minus_zero_is_zero(admin_client, make_product):
    product = make_product("TEA-1", price="12.50")

    save(admin_client, product, form_of(product, price="-0.00"))

    assert str(product.price) == "0.00"


def test_a_product_added_in_the_admin_begins_with_a_movement(admin_client):
    category = Category.objects.create(slug="tea", name="Tea")
    form = {
        "sku": "TEA-9",
        "name": "Sencha",
        "category": category.pk,
        "price": "8",
        "stock": 12,
        "active": "on",
    }

    response = admin_client.post(f"{LIST}add/", form)

    assert response.status_code == 302
    assert Product.objects.get().movements.get().delta == 12


@pytest.mark.parametrize(
    "wrong",
    [
        *({"stock": -1}, {"price": "-1"}, {"price": "1.234"}, {"name": ""}, {"stock": ""}),
        {"name": "\ufffd\ufffd"},
    ],
)
def test_what_the_catalogue_cannot_hold_is_refused_in_the_form(admin_client, make_product, wrong):
    product = make_product("TEA-1", stock=10)

    response = admin_client.post(f"{LIST}{product.pk}/change/", form_of(product, **wrong))

    assert response.status_code == 200
    assert list(wrong)[0] in response.context["adminform"].errors


def test_nothing_is_deleted_but_products_are_taken_off_sale(admin_client, make_product):
    product = make_product("TEA-1")

    assert admin_client.post(f"{LIST}{product.pk}/delete/", {"post": "yes"}).status_code == 403
    admin_client.post(LIST, {"action": "withdraw", "_selected_action": [product.pk]})

    product.refresh_from_db()
    assert not product.active


def test_all_products_are_taken_off_sale_with_a_few_statements(
    admin_client, make_product, anonymous_api, django_assert_max_num_queries
):
    category = make_product("TEA-1").category
    Product.objects.bulk_create(
        Product(sku=f"P-{n}", name="P", category=category, price=1) for n in range(2000)
    )
    form = {"action": "withdraw", "_selected_action": ["1"], "select_across": "1"}

    with django_assert_max_num_queries(20):
        page = admin_client.post(LIST, form, follow=True).content.decode()

    assert "2001 taken off sale" in page
    assert not Product.objects.filter(active=True).exists()
    assert StockMovement.objects.count() == 1


def test_the_list_shows_the_stock_and_can_be_sorted_by_it(admin_client, make_product):
    for sku, stock in [("TEA-1", 80), ("TEA-2", 0), ("TEA-3", 3)]:
        make_product(sku, stock=stock)

    shown = admin_client.get(LIST, {"o": "5"})  # the fifth column

    assert [row.stock for row in shown.context["cl"].result_list] == [0, 3, 80]
    assert '<td class="field-stock">80</td>' in shown.content.decode()


def test_a_product_leads_to_its_movements(admin_client, make_product):
    product = make_product("TEA-1", stock=10)
    make_product("TEA-2", stock=5)
    page = admin_client.get(f"{LIST}{product.pk}/change/").content.decode()

    address = f"{MOVEMENTS}?product__id__exact={product.pk}"
    assert f'href="{address}"' in page
    rows = admin_client.get(address).context["cl"].result_list
    assert [row.delta for row in rows] == [10]


def test_a_page_of_products_takes_as_many_queries_as_there_are_products_or_not(
    admin_client, make_product, django_assert_max_num_queries
):
    for number in range(30):
        make_product(f"TEA-{number}", category=f"category-{number}")

    with django_assert_max_num_queries(8):
        assert admin_client.get(LIST, {"q": "tea"}).context["cl"].result_count == 30
    with django_assert_max_num_queries(6):
        admin_client.get("/admin/catalog/category/")


def test_a_renamed_category_is_seen_by_the_next_read(
    admin_client, make_product, anonymous_api, django_capture_on_commit_callbacks
):
    category = make_product("TEA-1").category
    anonymous_api.get("/api/categories/")

    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(
            reverse("admin:catalog_category_change", args=[category.pk]),
            {"name": "Teas", "slug": "x"},
        )

    assert anonymous_api.get("/api/categories/").json()["results"] == [
        {"slug": "tea", "name": "Teas"}
    ]
