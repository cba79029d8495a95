"""The API of the shop: every method and form at every address, and every header that is parsed."""

from datetime import timedelta

import pytest

from core_api.accounts.serializers import refresh_token_for
from core_api.wsgi import application
from tests.support.hostile import sweeps
from tests.support.hostile.exchange import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def senders(staff, make_product):
    """Senders as nobody, with a token of staff, and as staff who logged in."""
    make_product("TEA-1")
    token = refresh_token_for(staff).access_token
    token.set_exp(lifetime=timedelta(days=1))  # the tests have no deadline
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "key"}
    with_token = Sender(application, **headers)
    return [Sender(application), with_token, Sender(application, staff)]


def test_every_method_at_every_address(senders):
    for sender in senders:
        sender.check_all(sweeps.every_method(sweeps.public_addresses()))


def test_hostile_forms_of_the_api_and_of_its_pages(senders):
    nobody, with_token, staff = senders
    forms = sweeps.every_form(sweeps.page_forms(nobody, ["/api/login/", "/admin/login/"]))
    staff.check_all([*forms, *sweeps.every_form(sweeps.page_forms(staff, ["/api/orders/"]))])
    with_token.check_all(sweeps.every_form(sweeps.api_forms()))


def test_hostile_headers(senders):
    _, with_token, staff = senders
    # The document of the API takes long, and no header means anything else to it.
    places = [place for place in sweeps.public_addresses() if "/schema/" not in place]
    for method, place, header in sweeps.every_header(places):
        with_token.check(method, place, **header)
    for method, place, header in sweeps.every_header(["/admin/", "/admin/login/"]):
        staff.check(method, place, **header)


@pytest.mark.parametrize(
    ("asked", "status"),
    {
        "bytes=0-1": 206,
        "bytes=0-0": 200,  # a server may answer a range with the whole file
        "bytes=-1": 200,
        "bytes=99999999-": 416,
        "bytes=9-1": 416,
        "x": 200,
    }.items(),
)
def test_a_range_of_a_static_file_is_served_or_refused_with_a_document(
    anonymous_api, asked, status
):
    answer = anonymous_api.get("/static/core_api/icon.svg", headers={"Range": asked})

    if status == 416:
        assert (answer.status_code, answer["Content-Type"]) == (416, "application/problem+json")
        assert answer["Content-Range"].startswith("bytes */")
    else:
        assert answer.status_code == status
        assert len(answer.getvalue()) == int(answer["Content-Length"])
