"""Forms of the admin of analytics with a field twice, or a key that only Python reads as one."""

import pytest
from django.contrib.auth.models import Group, User

from tests.support.hostile import tampered
from tests.support.hostile.forms import urlencoded

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(admin_client):
    """Sends the form of a user with these further fields; returns the status and the groups."""
    Group.objects.bulk_create([Group(pk=10, name="buyers"), Group(pk=11, name="sellers")])
    user = User.objects.create(username="anna")

    def send(fields):
        body, content_type = urlencoded([*tampered.USER, *fields])
        address = f"/analytics/admin/auth/user/{user.pk}/change/"
        answer = admin_client.generic("POST", address, body, content_type)
        return answer.status_code, user.groups.count()

    return send


@pytest.mark.parametrize("name", tampered.REFUSED)
def test_a_form_of_a_user_that_no_browser_sends_is_refused(save, name):
    assert save(tampered.REFUSED[name]) == (400, 0)


@pytest.mark.parametrize("name", tampered.TAKEN)
def test_a_form_of_a_user_may_choose_several_groups(save, name):
    fields = tampered.TAKEN[name]
    assert save(fields) == (302, len([field for field, _ in fields if field == "groups"]))
