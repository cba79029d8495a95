"""A session is a chain of refresh tokens, each used once; one that is used again ends all sessions
of its user."""

from datetime import timedelta

from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

# Used again so soon after its use it was an accident: two tabs, or a client that got no answer and
# tried again.
ACCIDENT = timedelta(seconds=10)


def use_up(*, jti, user):
    """Use up the refresh token with this id: True at its first use alone; of many at the same
    moment, for one.

    When it is used again later than ACCIDENT after that, two have it: the user and a thief. Nobody
    can tell who came first, so all sessions of the user end, and the one of the two who knows the
    password logs in again.
    """
    token = OutstandingToken.objects.filter(jti=jti, user=user).first()
    if token is None:  # its session has ended; what has ended cannot end what began since
        return False
    # The unique row decides, also between uses at the same moment.
    use, first = BlacklistedToken.objects.get_or_create(token=token)
    if not first and use.blacklisted_at < timezone.now() - ACCIDENT:
        end_all(user=user)
    return first


def end_all(*, user):
    """From now on no refresh token of this user is accepted; access tokens end by themselves,
    soon."""
    OutstandingToken.objects.filter(user=user).delete()
