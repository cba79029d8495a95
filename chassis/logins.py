"""LOGIN LIMITS: guessing passwords is slow, at whichever instance, through whichever form, also
with Redis down.

Each service keeps its failures as rows of its own database (its model accounts.FailedLogin): they
are exact, shared by all instances, and outlive a restart. A Django authentication backend counts
them, so no login form leads around it.
"""

import hashlib
import math
import unicodedata
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.db import transaction
from django.utils import timezone
from rest_framework.throttling import BaseThrottle

from chassis.errors import Problem

WINDOW = timedelta(minutes=1)
LONGEST_NAME = (
    150  # characters; Django has no longer account names, so what comes after them names nobody
)
SWEEP = 100  # old rows that go with each new one


class TooManyFailures(Problem):
    """429 until `oldest`, the failure that has to be forgotten first, is older than the window."""

    status_code = 429
    default_code = "too_many_failed_logins"

    def __init__(self, oldest):
        self.wait = max(
            1, math.ceil((oldest + WINDOW - timezone.now()).total_seconds())
        )  # Retry-After
        super().__init__(f"Too many failed logins. Wait {self.wait} seconds, then try again.")


class LimitedLogins(ModelBackend):
    """Django's login by name and password, with LOGIN_FAILURES_PER_ACCOUNT and _PER_ADDRESS
    failures a minute.

    An account at its limit is refused (429) before its password is looked at, and that counts as no
    failure: so a lockout ends by itself. At an address at its limit a right password still lets in,
    and a wrong one is 429 instead of 401. A success is never counted, and clears nothing. An
    unknown name is treated like a known one.

    Guesses at the same moment may all be looked at (HAProxy lets 5 into an instance of core). But
    each is written down before it is counted, so in a minute no more than the limit are answered
    401, and all the others 429.
    """

    def authenticate(self, request, username=None, password=None):
        if username is None or password is None:
            return None
        account, address = fingerprint(username), address_of(request)
        limit = settings.LOGIN_FAILURES_PER_ACCOUNT
        times = latest(limit, account=account)
        if len(times) == limit:
            raise TooManyFailures(times[-1])
        user = super().authenticate(request, username, password)
        if user is None:
            record(account, address)
            refuse_beyond(limit, account=account)
            refuse_beyond(settings.LOGIN_FAILURES_PER_ADDRESS, address=address)
        return user

    # By way of authenticate(): Django's own asynchronous twin would lead around the limits.
    aauthenticate = BaseBackend.aauthenticate


def fingerprint(username):
    """The key under which an account's failures are counted: one for all spellings that a form
    takes for the same."""
    name = unicodedata.normalize("NFKC", username[:LONGEST_NAME]).casefold()
    return hashlib.sha256(name.encode()).hexdigest()


def address_of(request):
    """The client's address as HAProxy says it (the last of X-Forwarded-For), or that of the
    connection without it."""
    return (BaseThrottle().get_ident(request) or "")[:45] if request else ""


def latest(count, **whose):
    """When an account or an address failed within the window: at most `count` moments, newest
    first."""
    rows = failed_logins().filter(at__gt=timezone.now() - WINDOW, **whose)
    return list(rows.order_by("-at").values_list("at", flat=True)[:count])


def refuse_beyond(limit, **whose):
    """TooManyFailures when there were more than `limit`, this one included."""
    times = latest(limit + 1, **whose)
    if len(times) > limit:
        raise TooManyFailures(times[limit - 1])


def record(account, address):
    """Write a failure down, and sweep some old ones out, of those that no other login is just
    sweeping."""
    with transaction.atomic():
        old = (
            failed_logins()
            .filter(at__lte=timezone.now() - WINDOW)
            .select_for_update(skip_locked=True)
        )
        failed_logins().filter(pk__in=old.values("pk")[:SWEEP]).delete()
        failed_logins().create(account=account, address=address)


def failed_logins():
    return apps.get_model("accounts", "FailedLogin").objects
