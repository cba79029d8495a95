import pytest
from django.contrib.staticfiles import finders

from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.services import record_order_placed

pytestmark = pytest.mark.django_db
SALES, EVENTS = "/analytics/admin/sales/sale/", "/analytics/admin/sales/recordedevent/"


@pytest.fixture
def recorded(contract):
    record_order_placed(contract)
    return RecordedEvent.objects.get()


def test_events_and_facts_are_there_to_look_at(admin_client, recorded):
    events = admin_client.get(EVENTS).content.decode()
    assert "Escala analytics_api" in events
    assert str(recorded.order_id) in events
    assert "32.05" in events

    sales = admin_client.get(SALES).content.decode()
    assert "TEA-0001" in sales
    assert "12.50" in sales

    event = admin_client.get(f"{EVENTS}{recorded.pk}/change/").content.decode()
    assert "CUP-0007" in event
    assert 'name="_save"' not in event


def test_the_admin_says_what_it_is_about_and_finds_its_style(admin_client, recorded):
    assert "What was sold" in admin_client.get("/analytics/admin/").content.decode()

    style = "analytics_api/admin.css"
    assert f"/analytics/static/{style}" in admin_client.get(SALES).content.decode()
    assert finders.find(style)


@pytest.mark.parametrize(
    "query", ["q=TEA-0001", "q=7d9c2a44-18b5-4f6e-8c3d-2e1f0a9b8c7d", "q=%00", "q='--"]
)
@pytest.mark.parametrize("address", [SALES, EVENTS])
def test_any_search_is_answered(admin_client, recorded, address, query):
    assert admin_client.get(f"{address}?{query}").status_code in (200, 302)


def test_a_fact_is_found_by_product_and_by_order(admin_client, recorded):
    assert "2 sales" in admin_client.get(f"{SALES}?q={recorded.order_id}").content.decode()
    assert "1 sale" in admin_client.get(f"{SALES}?q=TEA-0001").content.decode()


def test_not_even_a_superuser_adds_changes_or_deletes(admin_client, recorded):
    sale = Sale.objects.first()

    for address, row in ((SALES, sale), (EVENTS, recorded)):
        assert admin_client.post(f"{address}add/", {}).status_code == 403
        assert admin_client.post(f"{address}{row.pk}/change/", {"quantity": 9}).status_code == 403
        assert admin_client.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        bulk = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        admin_client.post(address, bulk)
    assert (RecordedEvent.objects.count(), Sale.objects.count()) == (1, 2)
    assert Sale.objects.get(pk=sale.pk).quantity == sale.quantity


def test_a_page_of_facts_makes_a_fixed_number_of_queries(
    admin_client, event, django_assert_max_num_queries
):
    for _ in range(30):
        record_order_placed(event())

    with django_assert_max_num_queries(12):
        admin_client.get(SALES)
