import pytest
from django.db.models import F

from core_api.catalog.models import Product
from tests.support.hostile.addresses import routes

pytestmark = pytest.mark.django_db


def test_the_list_has_what_the_design_says(anonymous_api, make_product):
    make_product("TEA-1", stock=3, description="Green")

    answer = anonymous_api.get("/api/products/")

    assert answer.status_code == 200
    page = answer.json()
    assert {name: page[name] for name in ("count", "next", "previous")} == {
        "count": 1,
        "next": None,
        "previous": None,
    }
    product = page["results"][0]
    assert product.pop("updated_at")
    assert product == {
        "sku": "TEA-1",
        "name": "Product TEA-1",
        "description": "Green",
        "category": "tea",
        "price": "12.50",
        "in_stock": True,
    }


def test_a_single_product_shows_its_stock(anonymous_api, make_product):
    make_product("TEA-1", stock=3)

    assert anonymous_api.get("/api/products/TEA-1/").json()["stock"] == 3
    assert anonymous_api.get("/api/products/NO-SUCH/").status_code == 404


def test_products_are_found_by_category_and_word_and_put_in_order(anonymous_api, make_product):
    make_product("A", price="3", name="Green leaf")
    make_product("B", price="1", name="Black leaf")
    make_product("C", price="2", name="Cup", category="cups")

    def skus(query):
        return [
            row["sku"] for row in anonymous_api.get(f"/api/products/?{query}").json()["results"]
        ]

    assert skus("category=tea&ordering=price") == ["B", "A"]
    assert skus("search=leaf&ordering=-price") == ["A", "B"]
    assert skus("page_size=2&page=2") == ["C"]
    assert skus("ordering=password") == ["A", "B", "C"]


def test_of_many_words_the_first_ten_count(anonymous_api, make_product):
    make_product("A", name="Green leaf")

    def count(*words):
        return anonymous_api.get("/api/products/", {"search": " ".join(words)}).json()["count"]

    assert count(*["leaf"] * 10, *["stone"] * 470) == 1
    assert count(*["leaf"] * 9, "stone") == 0


def test_a_page_is_never_longer_than_100(anonymous_api, make_product):
    for number in range(101):
        make_product(f"P-{number:03}")

    assert len(anonymous_api.get("/api/products/?page_size=1000000").json()["results"]) == 100


@pytest.mark.parametrize(
    "ordering", ["", "price", "-price", "name", "updated_at", "-updated_at,price", "price,-sku"]
)
def test_the_pages_of_equal_products_show_each_once(anonymous_api, make_product, ordering):
    shelf = make_product("P-000").category
    Product.objects.bulk_create(
        Product(sku=f"P-{number:03}", name="Tea", price="12.50", category=shelf)
        for number in range(1, 150)
    )
    Product.objects.update(updated_at=F("updated_at"), name="Tea")
    Product.objects.filter(sku__lt="P-040").update(stock=1)  # moves rows in the table

    shown = []
    for page in range(1, 9):
        address = f"/api/products/?page={page}&page_size=20&ordering={ordering}"
        shown += [row["sku"] for row in anonymous_api.get(address).json()["results"]]

    assert sorted(shown) == [f"P-{number:03}" for number in range(150)]


@pytest.mark.parametrize("ordering", ["", "price", "-updated_at", "no-such"])
def test_every_list_in_pages_ends_its_order_with_a_unique_column(rf, staff, ordering):
    """The admin appends the primary key by itself."""
    lists = {route: view.cls for route, view, _ in routes() if hasattr(view, "cls")}
    paged = {route: view for route, view in lists.items() if getattr(view, "list", None)}
    assert len(paged) >= 4

    for route, view_class in paged.items():
        request = rf.get("/", {"ordering": ordering})
        request.user = staff
        view = view_class()
        view.setup(request)
        view.request = view.initialize_request(request)
        view.request.user = staff
        rows = view.filter_queryset(view.get_queryset())
        last = (rows.query.order_by or rows.model._meta.ordering)[-1].lstrip("-")
        assert rows.model._meta.get_field(last).unique, route


def test_an_uncached_page_takes_at_most_2_queries(
    anonymous_api, make_product, django_assert_max_num_queries, settings
):
    settings.CACHE = "off"
    make_product("A")
    make_product("B")

    with django_assert_max_num_queries(2):
        anonymous_api.get("/api/products/")


def test_best_sellers_come_most_sold_first_and_say_when_that_was(
    anonymous_api, customer_api, make_product
):
    make_product("A", stock=50)
    make_product("B", stock=50)
    for key, sku, quantity in (("1", "A", 2), ("2", "B", 5), ("3", "A", 1)):
        lines = {"lines": [{"sku": sku, "quantity": quantity}]}
        customer_api.post("/api/orders/", lines, headers={"Idempotency-Key": key})

    answer = anonymous_api.get("/api/products/best-sellers/").json()

    assert [(row["sku"], row["units"]) for row in answer["results"]] == [("B", 5), ("A", 3)]
    assert answer["as_of"]


def test_browsers_get_the_browsable_api(anonymous_api, make_product):
    make_product("A")

    answer = anonymous_api.get("/api/products/", headers={"Accept": "text/html"})

    assert answer["Content-Type"].startswith("text/html")
    assert answer["X-Cache"] == "off"
