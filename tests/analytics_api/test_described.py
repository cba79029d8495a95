import pytest

from tests.support import described

pytestmark = pytest.mark.django_db


def test_an_operation_has_a_padlock_exactly_where_it_needs_a_token():
    operations = described.operations(described.document())
    padlocks = {name: "security" in operation for name, operation in operations.items()}

    assert padlocks == described.demanded()
    assert {True, False} == set(padlocks.values())


def test_every_operation_has_a_summary_of_its_own():
    summaries = [o["summary"] for o in described.operations(described.document()).values()]

    assert all(summaries) and len(set(summaries)) == len(summaries)


def test_the_document_says_where_a_token_comes_from_and_has_one_response_for_errors():
    components = described.document()["components"]

    assert "POST /api/token/" in components["securitySchemes"]["jwtAuth"]["description"]
    assert list(components["responses"]) == ["Problem"]


def test_a_page_shows_its_instance_and_times_and_no_backticks(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("steven", is_staff=True))
    pages = described.pages(client)

    assert len(pages) >= 5
    for address, page in pages.items():
        shown = described.shown_headers(page)
        assert shown["X-Served-By"] and "queries" in shown["Server-Timing"], address
        assert "`" not in described.text_of(page), address
