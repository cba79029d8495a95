"""Stamps in rows, and a clock that may be set back: then earlier stamps lie in the future."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

AHEAD = timedelta(seconds=5)  # by which the clocks of two machines may differ


def due(column: str, limit: timedelta, *, ahead: timedelta = AHEAD) -> Q:
    """A filter for rows whose stamp is older than `limit`, or more than `ahead` in the future.

    Without the second half, a row would wait for as long as the clock was set back.
    """
    now = timezone.now()
    return Q(**{f"{column}__lt": now - limit}) | Q(**{f"{column}__gt": now + ahead})
