"""The permissions of core: every address with every method, for every kind of user."""

import uuid

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from core_api.jobs.models import Job
from core_api.orders.services import place_order
from tests.support.hostile import addresses, tokens

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WHO = ["anonymous", "customer", "staff", "other audience", "expired", "refresh token"]
LOOKS_AT_NO_TOKEN = [200] * 6
PUBLIC = [200, 200, 200, 401, 401, 401]
USERS = [401, 200, 200, 401, 401, 401]
USERS_WRITE = [401, 400, 400, 401, 401, 401]  # 400: allowed, but an empty document is invalid
STAFF = [401, 403, 200, 401, 401, 401]
STAFF_WRITE = [401, 403, 400, 401, 401, 401]
NEEDS_ITS_FORM = [403] * 6  # Django's protection against foreign forms

ACCESS = {
    ("GET", ""): LOOKS_AT_NO_TOKEN,
    ("GET", "favicon.ico"): [302] * 6,
    ("GET", "health/live"): LOOKS_AT_NO_TOKEN,
    ("GET", "health/ready"): LOOKS_AT_NO_TOKEN,
    ("GET", "api/"): PUBLIC,
    ("POST", "api/token/"): [400] * 6,
    ("POST", "api/token/refresh/"): [400] * 6,
    ("GET", "api/whoami/"): USERS,
    ("GET", "api/categories/"): PUBLIC,
    ("GET", "api/products/"): PUBLIC,
    ("POST", "api/products/"): STAFF_WRITE,
    ("GET", "api/products/best-sellers/"): PUBLIC,
    ("GET", "api/products/<str:sku>/"): PUBLIC,
    ("PATCH", "api/products/<str:sku>/"): STAFF,
    ("DELETE", "api/products/<str:sku>/"): [401, 403, 204, 401, 401, 401],
    ("GET", "api/orders/"): USERS,
    ("POST", "api/orders/"): USERS_WRITE,
    ("GET", "api/orders/<uuid:pk>/"): [401, 404, 404, 401, 401, 401],  # that of another customer
    ("GET", "api/reports/"): STAFF,
    ("POST", "api/reports/"): STAFF_WRITE,
    ("GET", "api/imports/"): STAFF,
    ("POST", "api/imports/"): STAFF_WRITE,
    ("GET", "api/jobs/<uuid:pk>/"): STAFF,
    ("GET", "api/jobs/<uuid:pk>/result/"): STAFF,
    ("GET", "api/schema/"): PUBLIC,
    ("GET", "api/docs/"): PUBLIC,
    ("GET", "api/login/"): LOOKS_AT_NO_TOKEN,
    ("POST", "api/login/"): NEEDS_ITS_FORM,
    ("PUT", "api/login/"): NEEDS_ITS_FORM,
    ("POST", "api/logout/"): NEEDS_ITS_FORM,
}


@pytest.fixture
def ids(make_product, django_user_model):
    """{start of a route: the id of a product, an order or a job that another user owns}."""
    product, other = make_product("TEA-1"), django_user_model.objects.create_user("otto")
    order, _ = place_order(user_id=other.pk, key="key", lines=[{"sku": product.sku, "quantity": 1}])
    job = Job.objects.create(
        kind=Job.Kind.IMPORT, state=Job.State.DONE, result={}, requested_by=other
    )
    return {"api/orders": order.pk, "api/jobs": job.pk}


@pytest.fixture
def clients(customer, staff):
    """{who: a client with the token of that one}."""
    mint = tokens.minter(settings.SIMPLE_JWT["SIGNING_KEY"], user_id=str(staff.pk), role="staff")
    given = {
        "anonymous": None,
        "customer": mint(user_id=str(customer.pk), role="customer"),
        "staff": mint(),
        "other audience": mint(aud=["analytics"]),
        "expired": mint(exp=1),
        "refresh token": mint(token_type="refresh"),
    }
    clients = {who: APIClient(enforce_csrf_checks=True) for who in WHO}
    for who, token in given.items():
        if token:
            clients[who].credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return clients


def ask(client, method, route, ids):
    pk = next((pk for start, pk in ids.items() if route.startswith(start)), None)
    place = addresses.address(route, sku="TEA-1", **({"pk": pk} if pk else {}))
    form = {"format": "multipart"} if "imports" in route else {}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return getattr(client, method.lower())(
        place, {}, headers=headers, **form if method != "GET" else {}
    )


def test_the_table_has_every_address_and_every_method_and_no_other():
    assert set(ACCESS) == addresses.every_method()


@pytest.mark.parametrize(("method", "route"), ACCESS)
def test_each_user_gets_the_status_of_the_table(clients, ids, method, route):
    answers = {who: ask(clients[who], method, route, ids) for who in WHO}

    found = {who: answer.status_code for who, answer in answers.items()}
    assert found == dict(zip(WHO, ACCESS[method, route], strict=True))
    refusals = [answer for answer in answers.values() if answer.status_code >= 400]
    assert {answer["Content-Type"] for answer in refusals} <= {"application/problem+json"}


def test_a_method_that_an_address_does_not_have_is_refused(clients, ids):
    for method, route in addresses.other_methods():
        for who in WHO:
            answer = ask(clients[who], method, route, ids)

            wanted = (403, 405) if who == "staff" else (401, 403, 405)
            assert answer.status_code in wanted, (method, route, who)
            assert answer["Content-Type"] == "application/problem+json", (method, route, who)


def test_the_catalogue_refuses_a_method_that_it_lacks_as_such_to_everyone(clients):
    for who in ("anonymous", "customer", "staff"):
        assert clients[who].put("/api/products/", {}).status_code == 405, who


def test_lists_show_customers_their_own_orders_only(clients, customer, ids):
    own, _ = place_order(user_id=customer.pk, key="key", lines=[{"sku": "TEA-1", "quantity": 1}])

    shown = clients["customer"].get("/api/orders/").json()

    assert [order["id"] for order in shown["results"]] == [str(own.pk)]
    assert clients["customer"].get(f"/api/orders/{own.pk}/").status_code == 200
    assert clients["staff"].get("/api/orders/").json()["count"] == 0


@pytest.mark.parametrize("method", addresses.OTHER_METHODS)
def test_every_address_answers_the_methods_that_no_view_names(clients, method):
    addresses.check_method(clients, method)


def test_the_admin_is_closed_to_all_but_staff_who_logged_in(clients, customer):
    clients["a customer who logged in"] = APIClient(enforce_csrf_checks=True)
    clients["a customer who logged in"].force_login(customer)
    for who, client in clients.items():
        for place in addresses.admin_addresses():
            read, write = client.get(place), client.post(place, {}, format="multipart")

            if place == "/admin/login/":
                assert read.status_code == 200, who
            else:
                assert read.status_code == 302, (who, place)
                assert read["Location"].partition("?")[0] in ("/admin/login/", "/admin/"), (
                    who,
                    place,
                )
            assert write.status_code == 403 or write["Location"].startswith("/admin/login/"), (
                who,
                place,
            )


def test_staff_without_rights_see_no_row_in_the_admin(staff):
    client = APIClient()
    client.force_login(staff)
    for place in addresses.admin_addresses():
        of_no_model = len(place.split("/")) <= 4 or place.startswith(
            ("/admin/r/", "/admin/password_change/")
        )

        answer = client.get(place)

        assert answer.status_code in ((200, 302, 403, 404, 405) if of_no_model else (302, 403)), (
            place
        )
