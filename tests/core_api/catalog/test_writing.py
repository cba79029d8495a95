import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve

from core_api.catalog.models import Category, Product, StockMovement
from core_api.catalog.views import ProductDetail
from core_api.operations import audit
from tests.support.hostile.addresses import routes

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return Category.objects.create(slug="tea", name="Tea")


NEW = {"sku": "TEA-1", "name": "Green tea", "category": "tea", "price": "12.50", "stock": 5}


def test_staff_add_a_product_and_its_stock_is_its_first_movement(staff_api, category):
    answer = staff_api.post("/api/products/", NEW)

    assert answer.status_code == 201
    assert answer.data["stock"] == 5
    assert StockMovement.objects.get().delta == 5


@pytest.mark.parametrize("content_type", ["json", "multipart"])
def test_a_new_product_is_on_sale_unless_it_is_said_otherwise(staff_api, category, content_type):
    default = staff_api.post("/api/products/", NEW, format=content_type)
    hidden = staff_api.post(
        "/api/products/", NEW | {"sku": "TEA-2", "active": False}, format=content_type
    )

    assert (default.data["active"], hidden.data["active"]) == (True, False)


def test_a_new_count_is_written_as_the_movement_of_the_difference(staff_api, category):
    staff_api.post("/api/products/", NEW)

    assert staff_api.patch("/api/products/TEA-1/", {"stock": 3}).data["stock"] == 3

    assert list(StockMovement.objects.order_by("id").values_list("delta", "reason")) == [
        (5, "initial"),
        (-2, "count"),
    ]
    assert list(audit.violations()) == []


@pytest.mark.django_db(transaction=True)  # readers see what is committed
def test_a_withdrawn_product_is_gone_for_readers_and_can_come_back(
    staff_api, anonymous_api, category
):
    staff_api.post("/api/products/", NEW)

    assert staff_api.delete("/api/products/TEA-1/").status_code == 204
    assert anonymous_api.get("/api/products/TEA-1/").status_code == 404
    assert staff_api.patch("/api/products/TEA-1/", {"active": True}).status_code == 200
    assert anonymous_api.get("/api/products/TEA-1/").status_code == 200


def test_a_sku_exists_once(staff_api, category):
    staff_api.post("/api/products/", NEW)

    assert staff_api.post("/api/products/", NEW).status_code == 400


def test_a_name_that_is_an_address_is_no_sku():
    start = "api/products/"
    names = [
        route.removeprefix(start).removesuffix("/")
        for route, _, _ in routes()
        if route.startswith(start) and "<" not in route and route != start
    ]
    assert names
    validators = Product._meta.get_field("sku").validators

    for name in [*names, ".", ".."]:
        with pytest.raises(ValidationError, match="part of a URL"):
            for validator in validators:
                validator(name)
    for name in ("best-seller", ".a", "BEST-SELLERS", "x"):
        for validator in validators:
            validator(name)
        assert resolve(f"/{start}{name}/").func.cls is ProductDetail


@pytest.mark.parametrize("field", ["price", "stock", "sku", "name", "category", "active"])
def test_the_name_of_a_file_is_no_value(staff_api, category, field):
    form = NEW | {field: SimpleUploadedFile("2", b"x")}

    answer = staff_api.post("/api/products/", form, format="multipart")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("price", ["-0.00", "-0", "0e5", -0.0])
def test_a_new_price_is_shown_as_it_is_stored(staff_api, category, price):
    shown = staff_api.post("/api/products/", NEW | {"price": price}).data["price"]

    assert shown == staff_api.get("/api/products/TEA-1/").json()["price"] == "0.00"


@pytest.mark.parametrize("content_type", ["json", "multipart"])
def test_a_sku_never_changes(staff_api, category, content_type):
    staff_api.post("/api/products/", NEW)

    renamed = staff_api.patch("/api/products/TEA-1/", {"sku": "TEA-2"}, format=content_type)
    same = staff_api.patch(
        "/api/products/TEA-1/", {"sku": "TEA-1", "price": "1"}, format=content_type
    )

    assert (renamed.status_code, list(renamed.json()["errors"])) == (400, ["sku"])
    assert (same.status_code, same.data["sku"]) == (200, "TEA-1")


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_customers_and_strangers_write_nothing(anonymous_api, customer_api, make_product, method):
    make_product("TEA-1")
    address = "/api/products/" if method == "post" else "/api/products/TEA-1/"

    assert getattr(customer_api, method)(address, NEW).status_code == 403
    assert getattr(anonymous_api, method)(address, NEW).status_code == 401
