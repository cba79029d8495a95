"""STATELESS SESSIONS: every instance of both services verifies a token by itself, without a query.

core_api signs a token at login. To verify it, an instance needs the key, the issuer and the
audience; they come from its environment (token_settings.py). So an instance that started a second
ago accepts the tokens of all users who logged in before, and no session is shared or lost.
See it: GET /api/whoami/ and /analytics/whoami/ with the token of a login say `queries: 0`.
"""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework_simplejwt import authentication, models, tokens
from rest_framework_simplejwt.exceptions import TokenError

# What a claim with an absurd value, such as exp=1e30, raises in the libraries that read it.
ABSURD_CLAIM = (ArithmeticError, ValueError, TypeError, KeyError, OSError)


class VerifiedToken(tokens.Token):
    """A token whose signature, times, issuer, audience and user id are right; else TokenError."""

    def __init__(self, token: Any = None, verify: bool = True):
        try:
            super().__init__(token, verify)
        except ABSURD_CLAIM as error:
            raise TokenError("Token is malformed") from error

    def verify(self) -> None:
        super().verify()
        audience = self.get("aud")
        if settings.SERVICE not in (audience if isinstance(audience, list) else [audience]):
            raise TokenError("Token is for another service")
        if not re.fullmatch("[0-9]{1,18}", str(self.get("user_id"))):
            raise TokenError("Token has no valid user id")


class AccessToken(VerifiedToken, tokens.AccessToken):
    """The token of a request."""


class TokenUser(models.TokenUser):
    """The user as the token describes it; only the claim `role` gives rights."""

    is_superuser = False

    @property
    def is_staff(self) -> bool:
        return self.token.get("role") == "staff"


class TokenAuthentication(authentication.JWTStatelessUserAuthentication):
    """Verify `Authorization: Bearer TOKEN` without a query; `request.user` is a TokenUser."""

    def get_raw_token(self, header: bytes) -> bytes | None:
        return super().get_raw_token(re.sub(rb"(?i)^bearer\b", b"Bearer", header))


class TokenScheme(SimpleJWTScheme):  # for the OpenAPI documents
    target_class = "chassis.tokens.TokenAuthentication"


def role_of(user: AbstractUser | TokenUser) -> str:
    """`staff` or `customer`: the value of the claim `role`."""
    return "staff" if user.is_staff else "customer"
