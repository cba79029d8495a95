"""A refresh token is a credential: nothing that is stored or shown is one."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(anonymous_api, customer):
    """The pair of a session whose first refresh token was used."""
    login = anonymous_api.post(
        "/api/token/", {"username": "carla", "password": "a-long-word"}
    ).json()
    return anonymous_api.post("/api/token/refresh/", {"refresh": login["refresh"]}).json()


def test_nothing_that_is_stored_is_accepted_by_refresh(anonymous_api, pair):
    rows = list(OutstandingToken.objects.values())

    assert len(rows) == 2
    for value in {str(value) for row in rows for value in row.values()}:
        answer = anonymous_api.post("/api/token/refresh/", {"refresh": value})
        assert answer.status_code in (400, 401)
        assert value not in pair.values() and "eyJ" not in value


def test_no_page_of_the_admin_contains_a_token(admin_client, pair):
    shown = set()
    for model in admin.site._registry:
        start = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        keys = model.objects.values_list("pk", flat=True)
        for address in [start, *(f"{start}{key}/change/" for key in keys)]:
            page = admin_client.get(address, follow=True).content.decode()
            assert "eyJ" not in page, address
            shown.add(address)
    [first, *_] = OutstandingToken.objects.all()
    assert f"/admin/token_blacklist/outstandingtoken/{first.pk}/change/" in shown


def test_the_admin_shows_the_id_the_user_and_the_times_of_a_session(admin_client, pair):
    session = OutstandingToken.objects.first()

    page = admin_client.get(f"/admin/token_blacklist/outstandingtoken/{session.pk}/change/")

    assert page.context["adminform"].fieldsets[0][1]["fields"] == [
        "id",
        "user",
        "jti",
        "created_at",
        "expires_at",
    ]
    assert session.jti in page.content.decode()


def test_no_dump_of_the_database_contains_a_token(pair, capsys):
    call_command("dumpdata")

    dump = capsys.readouterr().out
    assert OutstandingToken.objects.first().jti in dump
    assert [token for token in pair.values() if token in dump] == []


def test_the_migration_empties_the_tokens_that_older_versions_stored(customer):
    token = OutstandingToken.objects.create(
        user=customer, jti="old", token="eyJ", expires_at=timezone.now()
    )

    import_module("core_api.accounts.migrations.0003_no_token_is_stored").forget_tokens(apps, None)

    token.refresh_from_db()
    assert token.token == ""


def test_a_used_token_cannot_be_deleted_and_so_used_again(admin_client, pair):
    used = BlacklistedToken.objects.get()

    page = "/admin/token_blacklist/blacklistedtoken/"
    admin_client.post(f"{page}{used.pk}/delete/", {"post": "yes"})
    form = {"action": "delete_selected", "_selected_action": used.pk, "post": "yes"}
    admin_client.post(page, form)

    assert BlacklistedToken.objects.get() == used
