"""A PATCH or DELETE with a condition happens only if the product is as the client read it."""

import pytest

from core_api.catalog.models import Product
from core_api.orders.services import place_order
from tests.core_api.conftest import api_of
from tests.support.races import at_once, needs_postgres

pytestmark = pytest.mark.django_db

ADDRESS = "/api/products/TEA-1/"
LONG_AGO, LATER = "Mon, 01 Jan 1990 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
# {name: (headers, whether the write happens)}; {} is the ETag that GET gives. RFC 9110, 13.1
CONDITIONS = {
    "the ETag": ({"If-Match": "{}"}, True),
    "one of several ETags": ({"If-Match": '"other", {}'}, True),
    "a list without spaces": ({"If-Match": '"other",W/"weak",{}'}, True),
    "any ETag": ({"If-Match": "*"}, True),
    "any ETag, with spaces": ({"If-Match": "  * "}, True),
    "another ETag": ({"If-Match": '"nonsense"'}, False),
    "other ETags": ({"If-Match": '"a", "b","c"'}, False),
    "a weak ETag": ({"If-Match": "W/{}"}, False),
    "an ETag without quotes": ({"If-Match": "nonsense"}, False),
    "half an ETag": ({"If-Match": '"'}, False),
    "an empty header": ({"If-Match": ""}, False),
    "unless it is the ETag": ({"If-None-Match": "{}"}, False),
    "unless it is the weak ETag": ({"If-None-Match": "W/{}"}, False),
    "unless it exists": ({"If-None-Match": "*"}, False),
    "unless it is another ETag": ({"If-None-Match": '"other"'}, True),
    "the ETag, and not another one": ({"If-Match": "{}", "If-None-Match": '"other"'}, True),
    "the ETag, and not the same": ({"If-Match": "{}", "If-None-Match": "{}"}, False),
    "not changed since 1990": ({"If-Unmodified-Since": LONG_AGO}, False),
    "not changed since 2100": ({"If-Unmodified-Since": LATER}, True),
    "1990 in another format": ({"If-Unmodified-Since": "Monday, 01-Jan-90 00:00:00 GMT"}, False),
    "what is no date": ({"If-Unmodified-Since": "yesterday"}, True),
    "two dates": ({"If-Unmodified-Since": f"{LONG_AGO}, {LONG_AGO}"}, True),
    "no date at all": ({"If-Unmodified-Since": ""}, True),
    "the ETag goes before the date": ({"If-Match": "{}", "If-Unmodified-Since": LONG_AGO}, True),
    "a wrong ETag does so too": ({"If-Match": '"x"', "If-Unmodified-Since": LATER}, False),
    "a date for reads": ({"If-Modified-Since": LATER}, True),
}


@pytest.mark.parametrize("accept", ["*/*", "application/json; indent=4", "application/json"])
def test_the_etag_of_every_form_of_the_answer_holds(staff_api, make_product, accept):
    make_product("TEA-1", price="12.50")
    etag = staff_api.get(ADDRESS, headers={"Accept": accept})["ETag"]

    headers = {"If-Match": etag, "Accept": accept}
    answer = staff_api.patch(ADDRESS, {"price": "13.00"}, headers=headers)

    assert (answer.status_code, answer.json()["price"]) == (200, "13.00")


@pytest.mark.parametrize("method", ["patch", "delete"])
@pytest.mark.parametrize(("headers", "written"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_write_happens_only_if_its_condition_holds(
    staff_api, make_product, method, headers, written
):
    make_product("TEA-1", price="12.50")
    etag = staff_api.get(ADDRESS)["ETag"]
    headers = {name: value.replace("{}", etag) for name, value in headers.items()}

    answer = getattr(staff_api, method)(ADDRESS, {"price": "13.00"}, headers=headers)

    product = Product.objects.get()
    assert (str(product.price) == "13.00" or not product.active) == written
    if not written:
        assert (answer.status_code, answer.json()["status"]) == (412, 412)
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:escala:precondition-failed"


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
def test_a_refusal_for_another_reason_goes_before_the_condition(
    staff_api, customer_api, anonymous_api, make_product, header
):
    make_product("TEA-1")
    any_one = {header: "*"}

    for address in ("/api/products/NO-SUCH/", "/api/products/../"):
        assert staff_api.patch(address, {}, headers=any_one).status_code == 404
        assert staff_api.delete(address, headers=any_one).status_code == 404
    assert staff_api.patch(ADDRESS, {"price": "x"}, headers=any_one).status_code == 400
    assert customer_api.patch(ADDRESS, {}, headers=any_one).status_code == 403
    assert anonymous_api.delete(ADDRESS, headers=any_one).status_code == 401


def test_of_two_who_read_the_same_the_second_is_refused(staff_api, make_product):
    make_product("TEA-1", stock=5)
    unchanged = {"If-Match": staff_api.get(ADDRESS)["ETag"]}

    assert staff_api.patch(ADDRESS, {"price": "1"}, headers=unchanged).status_code == 200
    assert staff_api.patch(ADDRESS, {"stock": 9}, headers=unchanged).status_code == 412
    assert Product.objects.get().stock == 5


def test_an_order_counts_as_a_change(staff_api, customer, make_product):
    product = make_product("TEA-1", stock=5)
    long_ago, later = "2020-01-01T00:00:00Z", "Thu, 02 Jan 2020 00:00:00 GMT"
    product.movements.update(created_at=long_ago)
    Product.objects.update(updated_at=long_ago)
    before = {"If-Unmodified-Since": later}

    assert staff_api.patch(ADDRESS, {}, headers=before).status_code == 200
    Product.objects.update(updated_at=long_ago)
    place_order(user_id=customer.pk, key="k", lines=[{"sku": "TEA-1", "quantity": 1}])

    assert staff_api.patch(ADDRESS, {}, headers=before).status_code == 412


@needs_postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_of_ten_at_once_who_read_the_same_exactly_one_writes(staff, make_product, method):
    make_product("TEA-1", stock=5)
    unchanged = {"If-Match": api_of(staff).get(ADDRESS)["ETag"]}

    def write(number):
        change = {"stock": 100 + number}
        return getattr(api_of(staff), method)(ADDRESS, change, headers=unchanged).status_code

    answers = at_once(10, write)

    assert sorted(answers) == [{"patch": 200, "delete": 204}[method], *[412] * 9]
