"""TOKENS: every instance of both services verifies a signed token by itself, without a query.

core_api signs a token at login. To verify it, an instance needs only the key from its environment
(token_settings.py). So an instance that started a second ago accepts the tokens of all users who
logged in before. No instance looks up a session for a token; only the logins of browsers use rows.
See it: send a login that ./escala status prints to POST /api/token/. With its access token,
/api/whoami/ and /analytics/whoami/ say `queries: 0`.
"""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework_simplejwt import authentication, models, tokens
from rest_framework_simplejwt.exceptions import TokenError

# What a claim with an invalid value, such as exp=1e30, raises in the libraries that read it.
CLAIM_ERRORS = (ArithmeticError, ValueError, TypeError, KeyError, OSError)


class VerifiedToken(tokens.Token):
    """A token whose signature, times, issuer, audience and user id are right; else TokenError."""

    def __init__(self, token: Any = None, verify: bool = True):
        try:
            super().__init__(token, verify)
        except CLAIM_ERRORS as error:
            raise TokenError("Token is malformed") from error

    def verify(self) -> None:
        super().verify()
        audience = self.get("aud")
        if settings.SERVICE not in (audience if isinstance(audience, list) else [audience]):
            raise TokenError("Token is for another service")
        if not re.fullmatch("[0-9]{1,18}", str(self.get("user_id"))):
            raise TokenError("Token has no valid user id")


class AccessToken(VerifiedToken, tokens.AccessToken):
    """An access token, sent with each request."""


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
