"""The admin of analytics: every page, form and action, with hostile keys, names and values."""

import pytest
from django.contrib.auth.models import Group

from analytics_api.sales.services import record_order_placed
from analytics_api.wsgi import application
from tests.support.hostile import sweeps
from tests.support.hostile.exchange import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(event, admin_user):
    """Sends as a superuser who logged in; the admin has a row of every model."""
    record_order_placed(event())
    Group.objects.create(name="sellers")
    return Sender(application, admin_user)


def test_every_method_at_every_address_of_the_admin(boss):
    boss.check_all(sweeps.every_method(sweeps.admin_addresses()))


def test_hostile_keys_and_queries_in_the_admin(boss):
    boss.check_all(sweeps.hostile_admin())


def test_hostile_forms_of_the_admin(boss):
    boss.check_all(sweeps.every_form(sweeps.admin_forms(boss)))
