"""The API of analytics: every method at every address, its login, and every parsed header."""

import time

import pytest

from analytics_api.wsgi import application
from tests.support.hostile import sweeps
from tests.support.hostile.exchange import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def senders(token, django_user_model):
    """Senders as nobody, with a token of staff, and as staff who logged in."""
    staff = django_user_model.objects.create_user("steven", is_staff=True)
    lasting = token(exp=int(time.time()) + 86_400)  # the tests have no deadline
    with_token = Sender(application, Authorization=f"Bearer {lasting}")
    return [Sender(application), with_token, Sender(application, staff)]


def test_every_method_at_every_address(senders):
    for sender in senders:
        sender.check_all(sweeps.every_method(sweeps.public_addresses()))


def test_hostile_forms_of_the_api_and_of_its_pages(senders):
    nobody, with_token, staff = senders
    pages = ["/analytics/login/", "/analytics/admin/login/"]
    staff.check_all(sweeps.every_form(sweeps.page_forms(nobody, pages)))
    with_token.check_all(sweeps.every_form(sweeps.api_forms()))


def test_hostile_headers(senders):
    _, with_token, staff = senders
    # The document of the API takes long, and no header means anything else to it.
    places = [place for place in sweeps.public_addresses() if "/schema/" not in place]
    for method, place, header in sweeps.every_header(places):
        with_token.check(method, place, **header)
    for method, place, header in sweeps.every_header(
        ["/analytics/admin/", "/analytics/admin/login/"]
    ):
        staff.check(method, place, **header)
