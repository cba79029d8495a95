"""The admin of the shop: every page, form and action, with hostile keys, names and values."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from core_api.accounts.serializers import refresh_token_for
from core_api.catalog.views import CategoryList
from core_api.jobs.models import Job
from core_api.orders.models import Refusal
from core_api.orders.services import place_order
from core_api.wsgi import application
from tests.support.hostile import forms, sweeps
from tests.support.hostile.exchange import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(make_product, admin_user):
    """Sends as a superuser who logged in; the admin has a row of every model."""
    make_product("TEA-1")
    place_order(user_id=admin_user.pk, key="key", lines=[{"sku": "TEA-1", "quantity": 1}])
    Refusal.objects.create(user=admin_user, idempotency_key="sold out")
    Job.objects.create(kind="import", state="done", result={}, requested_by=admin_user)
    Group.objects.create(name="buyers")
    refresh_token_for(admin_user)
    BlacklistedToken.objects.create(token=OutstandingToken.objects.get())
    return Sender(application, admin_user)


def test_every_method_at_every_address_of_the_admin(boss):
    boss.check_all(sweeps.every_method(sweeps.admin_addresses()))


def test_hostile_keys_and_queries_in_the_admin(boss):
    boss.check_all(sweeps.hostile_admin())


def test_hostile_forms_of_the_admin(boss):
    boss.check_all(sweeps.every_form(sweeps.admin_forms(boss)))


SELECTED = [("_selected_action", "abc")]
REFUSED = {
    "a key": ("GET", "/admin/r/{order}/abc/", {}, 404),
    "a selection": ("POST", "/admin/auth/user/", {"action": "delete_selected"}, 400),
    "a selection of products": ("POST", "/admin/catalog/product/", {"action": "withdraw"}, 400),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_admin_fails_at_is_refused_and_logged_as_an_error(
    boss, admin_client, caplog, name
):
    method, address, form, status = REFUSED[name]
    admin_client.raise_request_exception = False
    order = ContentType.objects.get(model="order")
    address, fields = address.format(order=order.pk), [*SELECTED, *form.items()]

    answer = admin_client.generic(method, address, *forms.urlencoded(fields))

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    [logged] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert logged.exc_info


@pytest.mark.parametrize("error", [ValueError("no"), OverflowError(), ValidationError("no")])
@pytest.mark.parametrize("address", ["/admin/", "/api/categories/?search=abc"])
def test_a_failure_without_input_or_outside_the_admin_is_a_500(
    admin_client, monkeypatch, address, error
):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(admin.site, "each_context", broken)
    monkeypatch.setattr(CategoryList, "get_queryset", broken)
    admin_client.raise_request_exception = False

    assert admin_client.get(address).status_code == 500
