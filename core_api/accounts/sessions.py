"""A session is a chain of refresh tokens, each used once; late reuse ends all sessions."""

from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from chassis.clock import due

# A second use within this time is no attack: two tabs, or a client that retries after no response.
REUSE_GRACE = timedelta(seconds=10)


def begin(*, jti: str, user: AbstractUser, expires: int) -> None:
    """Store the id of a new refresh token. The token itself is not stored: it is a credential."""
    end = datetime.fromtimestamp(expires, UTC)
    OutstandingToken.objects.create(
        jti=jti, user=user, token="", created_at=timezone.now(), expires_at=end
    )


def use_up(*, jti: str, user: AbstractUser) -> bool:
    """Use up the refresh token with this id; True only for its first use.

    A second use after REUSE_GRACE means that the user and an attacker both have the token. It is
    not known which of them came first, so all sessions of the user end. The user can log in again
    with the password.
    """
    token = OutstandingToken.objects.filter(jti=jti, user=user).first()
    if token is None:  # its session has ended; it must not end sessions that began later
        return False
    # The unique constraint lets only one use insert the row, also of simultaneous ones.
    use, first = BlacklistedToken.objects.get_or_create(token=token)
    late = due("blacklisted_at", REUSE_GRACE)
    if not first and BlacklistedToken.objects.filter(late, pk=use.pk).exists():
        end_all_sessions(user=user)
    return first


def end_all_sessions(*, user: AbstractUser) -> None:
    """Delete this user's present refresh tokens; access tokens expire within minutes."""
    OutstandingToken.objects.filter(user=user).delete()
