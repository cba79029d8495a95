"""Forms of the shop's admin with a field twice, or with a key that only Python reads as one."""

import pytest
from django.contrib.auth.models import Group, User

from core_api.catalog.models import Category, Product
from tests.support.hostile import tampered
from tests.support.hostile.forms import urlencoded

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/product/"
NEW = [("sku", "CUP-1"), ("name", "Cup"), ("price", "7"), ("stock", "1"), ("active", "on")]


@pytest.fixture(autouse=True)
def rows():
    """A category, a product and a group with the key 10, and a user without groups."""
    Category.objects.create(pk=10, slug="tea", name="Tea")
    for pk in (10, 11):
        Product.objects.create(pk=pk, sku=f"TEA-{pk}", name="Tea", category_id=10, price=1)
    Group.objects.bulk_create([Group(pk=10, name="buyers"), Group(pk=11, name="sellers")])
    User.objects.create(username="anna")


def send(client, address, fields):
    body, content_type = urlencoded(fields)
    return client.generic("POST", address, body, content_type)


@pytest.mark.parametrize("name", ["sku", "price", "category", "active", "_save", "initial-price"])
def test_a_field_that_comes_twice_is_refused_by_name(admin_client, name):
    fields = [*NEW, ("category", "10"), ("_save", "Save"), ("initial-price", "0"), (name, "77")]

    answer = send(admin_client, f"{LIST}add/", fields)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert f"more than once: {name}." in answer.json()["detail"]
    assert not Product.objects.filter(name="Cup").exists()


KEYS = [*tampered.KEYS, "abc", "10\0", "9" * 30, "9" * 5000, "-1", "1e1", "None", "10,11", "0x0a"]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: ascii(key[:9]))
def test_the_form_comes_again_when_its_category_is_no_row(admin_client, key):
    answer = send(admin_client, f"{LIST}add/", [*NEW, ("category", key)])

    assert answer.status_code == 200
    [errors] = answer.context["adminform"].form.errors.items()
    assert (errors[0], "Select a valid choice" in str(errors[1])) == ("category", True)
    assert 'value="CUP-1"' in answer.content.decode()
    assert not Product.objects.filter(name="Cup").exists()


def test_a_category_that_is_a_row_is_taken_and_shown_again(admin_client):
    wrong = send(admin_client, f"{LIST}add/", [*NEW[1:], ("category", "10")])
    right = send(admin_client, f"{LIST}add/", [*NEW, ("category", "10")])

    assert '<option value="10" selected' in wrong.content.decode()
    assert right.status_code == 302
    assert Product.objects.get(sku="CUP-1").category_id == 10


@pytest.mark.parametrize("key", tampered.KEYS, ids=ascii)
def test_an_action_takes_only_keys_that_a_browser_sends(admin_client, key):
    fields = [("action", "withdraw"), ("_selected_action", key)]

    assert send(admin_client, LIST, fields).status_code == 400
    assert Product.objects.get(pk=10).active


def test_an_action_takes_several_rows(admin_client):
    chosen = [("_selected_action", "10"), ("_selected_action", "11")]

    assert send(admin_client, LIST, [("action", "withdraw"), *chosen]).status_code == 302
    assert not Product.objects.filter(active=True).exists()


@pytest.mark.parametrize("key", ["1_0", "1_5F0", "%D9%A1%D9%A0", "+10", "%2010"])
def test_a_row_has_one_address_in_the_admin(admin_client, key):
    assert admin_client.get(f"{LIST}10/change/").status_code == 200
    assert admin_client.get(f"{LIST}{key}/change/").status_code == 404


@pytest.mark.parametrize("name", tampered.REFUSED)
def test_a_form_of_a_user_that_no_browser_sends_is_refused(admin_client, name):
    user = User.objects.get(username="anna")
    fields = [*tampered.USER, *tampered.REFUSED[name]]

    assert send(admin_client, f"/admin/auth/user/{user.pk}/change/", fields).status_code == 400
    assert not user.groups.exists()


@pytest.mark.parametrize("name", tampered.TAKEN)
def test_a_form_of_a_user_may_choose_several_groups(admin_client, name):
    user = User.objects.get(username="anna")
    fields = [*tampered.USER, *tampered.TAKEN[name]]

    assert send(admin_client, f"/admin/auth/user/{user.pk}/change/", fields).status_code == 302
    assert user.groups.count() == len([field for field, _ in fields if field == "groups"])
