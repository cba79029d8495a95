"""The index page names every address, and no page loads anything from another host."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from core_api.urls import urlpatterns


@pytest.fixture
def page():
    return Client().get("/").content.decode()


def addresses():
    """Every address of the shop, with the index page's names for its parameters."""
    for pattern in urlpatterns:
        route = str(pattern.pattern)
        if route and route not in ("favicon.ico",) and not route.startswith("api/lab/"):
            yield "/" + route.replace("<str:sku>", "SKU").replace("<uuid:pk>", "ID")


@pytest.mark.parametrize("address", sorted(set(addresses())))
def test_the_index_names_every_address_of_the_shop(page, address):
    assert f"{address}</code>" in page or f'href="{address}' in page


def test_every_link_of_the_index_into_the_shop_leads_somewhere(page):
    links = {
        link
        for link in re.findall(r'href="(/[^"#?]*)', page)
        if not link.startswith(("/analytics", "/static"))
    }

    assert len(links) > 10
    for link in links:
        assert get_resolver().resolve(link)


def test_the_index_names_the_addresses_of_analytics(page):
    for name in (
        "whoami",
        "sales/summary",
        "sales/daily",
        "sales/top-products",
        "docs",
        "schema",
        "admin",
        "login",
    ):
        assert re.search(f'href="/analytics/{name}/["?]', page)


def test_the_index_names_the_five_claims_with_a_file_that_exists(page, pytestconfig):
    files = re.findall(r"<td><code>([a-z_/.]+\.(?:py|cfg))</code></td>", page)

    assert len(files) == 5
    assert all((pytestconfig.rootpath / file).is_file() for file in files)


def test_the_index_says_which_instance_served_it(page, settings):
    assert f"served by <strong>{settings.INSTANCE}</strong>" in page


def test_the_index_needs_no_query(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert client.get("/").status_code == 200


def test_the_statistics_are_where_the_operator_put_them(client, settings):
    settings.STATS_URL, settings.DEBUG = "http://127.0.0.1:9404/", False

    assert client.get("/").content.decode().count('href="http://127.0.0.1:9404/"') == 2


def test_the_monolith_links_to_no_address_that_it_lacks(client, settings):
    settings.DEBUG = True
    links = client.get("/").content.decode().partition("<ul class=")[2].partition("</ul>")[0]

    assert 'href="/admin/"' in links and "/analytics/" not in links


def test_the_monolith_names_what_only_the_whole_system_has_and_links_to_none_of_it(
    client, settings
):
    settings.DEBUG = True
    page = client.get("/").content.decode()

    assert 'href="/analytics/' not in page and f'href="{settings.STATS_URL}"' not in page
    for address in ("/analytics/sales/daily/", "/analytics/admin/", settings.STATS_URL):
        assert f'<code>{address}</code> <span class="soft">(whole system)</span>' in page


@pytest.mark.django_db
def test_every_link_of_the_monoliths_index_shows_something_in_a_browser(admin_client, settings):
    settings.DEBUG = True
    page = admin_client.get("/").content.decode()

    for link in set(re.findall(r'<a href="(/[^"]*)"', page)):
        answer = admin_client.get(link, headers={"accept": "text/html,*/*;q=0.8"}, follow=True)
        assert answer.status_code == 200, link
        assert answer["Content-Type"].split(";")[0].endswith(("/html", "+json")), (
            link
        )  # anything else downloads


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/api/", "/api/docs/", "/api/login/", "/admin/login/"])
def test_no_page_loads_anything_from_another_host(client, address):
    response = client.get(address, headers={"accept": "text/html"})
    page = response.content.decode()

    assert response.status_code == 200
    loaded = set(
        re.findall(
            r'<(?:script|link|img|iframe|form)\b[^>]*?(?:src|href|action)="((?:https?:)?//[^"]+)',
            page,
        )
    )
    assert not loaded


def test_a_browser_finds_an_icon_where_it_looks_for_one(client):
    assert client.get("/favicon.ico", follow=False)["Location"] == "/static/core_api/icon.svg"


@pytest.mark.django_db
def test_the_browsable_api_bears_the_shops_name(client):
    page = client.get("/api/", headers={"accept": "text/html"}).content.decode()

    assert "Escala core_api" in page and "django-rest-framework.org" not in page
