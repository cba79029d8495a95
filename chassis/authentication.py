"""Who is asking: read from the token alone, or from a browser's session; no user is looked up for a
token."""

import re

from django.conf import settings
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework_simplejwt import authentication, models, tokens
from rest_framework_simplejwt.exceptions import TokenError


class AccessToken(tokens.AccessToken):
    """A token whose signature, times, issuer, audience and user id were all checked; else
    TokenError (401)."""

    def __init__(self, token=None, verify=True):
        try:
            super().__init__(token, verify)
        except (ArithmeticError, ValueError, TypeError, KeyError, OSError) as error:
            # A signed but absurd claim, such as exp=1e30, is the token's fault and not the
            # server's.
            raise TokenError("Token is malformed") from error

    def verify(self):
        super().verify()
        audience = self.get("aud")
        if settings.SERVICE not in (audience if isinstance(audience, list) else [audience]):
            raise TokenError("Token is for another service")
        if not re.fullmatch("[0-9]{1,18}", str(self.get("user_id"))):
            raise TokenError("Token names no user")


class TokenUser(models.TokenUser):
    """The user that a token describes; rights come from the claim `role` and from no other
    claim."""

    @property
    def role(self):
        return self.token.get("role")

    @property
    def is_staff(self):
        return self.role == "staff"

    is_superuser = False


class TokenAuthentication(authentication.JWTStatelessUserAuthentication):
    """`Authorization: Bearer TOKEN`, verified without a query."""


class TokenScheme(SimpleJWTScheme):
    """How the OpenAPI documents describe it."""

    target_class = TokenAuthentication


def role_of(user):
    """`staff` or `customer`: the word that a token carries as its claim `role`."""
    return "staff" if user.is_staff else "customer"
