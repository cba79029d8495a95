"""LOGIN LIMITS: guessing passwords is slow at every instance, with every form, and without Redis.

Each service keeps its failed logins as rows of its own database. So the counts are exact, shared by
all instances, and survive a restart. A Django authentication backend counts them, so every login
form is limited.
"""

import hashlib
import math
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.throttling import BaseThrottle

from chassis.clock import due
from chassis.errors import Problem
from login_limits.models import FailedLogin

WINDOW = timedelta(minutes=1)
LONGEST_NAME = 150  # characters; Django allows no longer names
SWEEP = 100  # old rows that are deleted with each new one


class TooManyFailures(Problem):
    """429 until the failure at `oldest` is older than the window."""

    status_code = 429
    default_code = "too_many_failed_logins"

    def __init__(self, oldest: datetime):
        seconds = (oldest + WINDOW - timezone.now()).total_seconds()
        self.wait = max(1, math.ceil(seconds))  # Retry-After
        super().__init__(f"Too many failed logins. Wait {self.wait} seconds, then try again.")


class LimitedLogins(ModelBackend):
    """Django's login by name and password, with LOGIN_FAILURES_PER_ACCOUNT and _PER_ADDRESS.

    An account at its limit is refused (429) before its password is checked. That does not count as
    a failure, so the lockout ends by itself. From an address at its limit a right password still
    works, and a wrong one is 429 instead of 401. A success counts nothing and clears nothing. An
    unknown name is treated like a known one.

    Simultaneous guesses may all have their password checked: HAProxy lets 5 into an instance of
    core. But each failure is stored before the failures are counted. So in a minute no more than
    the limit are answered with 401, and all others with 429.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> AbstractUser | None:
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

    # This one calls authenticate(); ModelBackend's own would bypass the limits.
    aauthenticate = BaseBackend.aauthenticate


def fingerprint(username: str) -> str:
    """The key of an account's failures, the same for all spellings that a form treats as equal."""
    name = unicodedata.normalize("NFKC", username[:LONGEST_NAME]).casefold()
    return hashlib.sha256(name.encode()).hexdigest()


def address_of(request: HttpRequest | None) -> str:
    """The client's address: the last of X-Forwarded-For (HAProxy's), or that of the connection."""
    return (BaseThrottle().get_ident(request) or "")[:45] if request else ""


def latest(count: int, **whose: str) -> list[datetime]:
    """The times of the newest failures within the window, at most `count`, newest first."""
    rows = FailedLogin.objects.filter(~due("at", WINDOW), **whose)
    return list(rows.order_by("-at").values_list("at", flat=True)[:count])


def refuse_beyond(limit: int, **whose: str) -> None:
    """Raise TooManyFailures when there are more than `limit`, including the one just stored."""
    times = latest(limit + 1, **whose)
    if len(times) > limit:
        raise TooManyFailures(times[limit - 1])


def record(account: str, address: str) -> None:
    """Store a failure, and delete some old ones that no other login is deleting at the moment."""
    with transaction.atomic():
        old = FailedLogin.objects.filter(due("at", WINDOW))
        old = old.select_for_update(skip_locked=True).values("pk")[:SWEEP]
        FailedLogin.objects.filter(pk__in=old).delete()
        FailedLogin.objects.create(account=account, address=address)
