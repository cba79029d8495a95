"""The clock was set back: each stamp that something waits for lies in the future."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

from core_api.accounts import sessions
from core_api.accounts.serializers import refresh_token_for
from core_api.jobs.models import Job
from core_api.operations.management.commands.prune import prunable
from core_api.orders.models import OutboxEvent, Refusal
from lab.stack.home import ROOT
from login_limits import backend
from login_limits.models import FailedLogin

pytestmark = pytest.mark.django_db
NEAR, FAR, YEAR = timedelta(seconds=2), timedelta(hours=1), timedelta(days=365)


def in_future(step):
    return timezone.now() + step


def event_is_due(stamp, customer):
    OutboxEvent.objects.create(kind="order_placed", payload={}, sent=stamp)
    return OutboxEvent.objects.due(10).exists()


def queued_job_is_due(stamp, customer):
    Job.objects.create(kind="report", published_at=stamp)
    return Job.objects.due(10).exists()


def running_job_is_stalled(stamp, customer):
    Job.objects.create(kind="report", state="running", heartbeat=stamp)
    return Job.objects.stalled(15).exists()


def failed_login_is_forgotten(stamp, customer):
    FailedLogin.objects.create(account="a", at=stamp)
    backend.record("b", "")
    return not backend.latest(9, account="a") and not FailedLogin.objects.filter(account="a")


def reuse_is_late(stamp, customer):
    token = refresh_token_for(customer)
    sessions.use_up(jti=token["jti"], user=customer)
    BlacklistedToken.objects.update(blacklisted_at=stamp)
    sessions.use_up(jti=token["jti"], user=customer)
    return not BlacklistedToken.objects.exists()  # all sessions have ended


WAITING = [
    event_is_due,
    queued_job_is_due,
    running_job_is_stalled,
    failed_login_is_forgotten,
    reuse_is_late,
]


@pytest.mark.parametrize("happens", WAITING, ids=lambda check: check.__name__)
@pytest.mark.parametrize(("step", "expected"), [(NEAR, False), (FAR, True), (YEAR, True)])
def test_a_stamp_in_the_future_is_due_unless_two_clocks_merely_differ(
    happens, step, expected, customer
):
    assert happens(in_future(step), customer) is expected


@pytest.mark.parametrize(("step", "expected"), [(FAR, 0), (YEAR, 1)])
def test_a_stamp_is_pruned_when_it_is_as_far_ahead_as_others_behind(customer, step, expected):
    OutboxEvent.objects.create(kind="order_placed", payload={}, acknowledged=in_future(step))
    Job.objects.create(kind="report", state="done", finished_at=in_future(step))
    Refusal.objects.create(user=customer, idempotency_key="k", created_at=in_future(step))

    _, *counts = [rows.count() for rows in prunable(30).values()]

    assert counts == [expected] * 3


def test_no_other_code_compares_a_stamp_with_the_clock():
    compares = re.compile(r"\bnow(\(\))? - ")
    allowed = {
        "chassis/clock.py",
        "core_api/orders/models.py",  # orders of the last days, for the best sellers
        "core_api/jobs/admin.py",  # shows the age of a heartbeat
        "core_api/operations/management/commands/prune.py",  # tokens expire in the future
    }
    found = {
        str(path.relative_to(ROOT))
        for package in ("core_api", "analytics_api", "chassis", "login_limits")
        for path in Path(ROOT, package).rglob("*.py")
        if "migrations" not in path.parts and compares.search(path.read_text())
    }
    assert found <= allowed
