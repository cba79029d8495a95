"""Tokens: a pair at login, and a new pair for each refresh token, exactly once."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from rest_framework import serializers
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer

from chassis.tokens import VerifiedToken, role_of
from core_api.accounts import sessions
from login_limits.password_hashes import password_id


class RefreshToken(VerifiedToken, tokens.RefreshToken):  # type: ignore[misc]
    """A refresh token; sessions.use_up() decides whether it was used before."""

    # Only refresh needs this claim, so access tokens do not get a copy.
    no_copy_claims = (*tokens.RefreshToken.no_copy_claims, "password_id")  # type: ignore

    @classmethod
    def for_user(cls, user: AbstractUser) -> "RefreshToken":
        """A token of a session; only its id is stored, because the token itself is a credential."""
        token = super(tokens.BlacklistMixin, cls).for_user(user)
        token["password_id"] = password_id(user.password)
        sessions.begin(jti=token["jti"], user=user, expires=token["exp"])
        return token

    def check_blacklist(self) -> None:
        pass


def refresh_token_for(user: AbstractUser) -> tokens.RefreshToken:
    """A new refresh token; its access tokens also carry the claims `username` and `role`."""
    token = RefreshToken.for_user(user)
    token["username"] = user.get_username()
    token["role"] = role_of(user)
    return token


class TokenPairSerializer(TokenObtainPairSerializer):
    """Username and password in, access and refresh token out."""

    @classmethod
    def get_token(cls, user: AbstractUser) -> tokens.RefreshToken:
        return refresh_token_for(user)


class RefreshOnceSerializer(serializers.Serializer):
    """A refresh token in, a new pair out. Of simultaneous uses of one token exactly one succeeds.

    A token is 401 when it was used before, when its user was deleted or deactivated, or when the
    password has changed since. A late second use ends all sessions of the user: see sessions.py.
    """

    refresh = serializers.CharField(max_length=5000)
    access = serializers.CharField(read_only=True)

    def validate(self, attributes: dict[str, Any]) -> dict[str, str]:
        try:
            token = RefreshToken(attributes["refresh"])
        except TokenError as error:
            raise InvalidToken("The refresh token is not valid. Log in again.") from error
        user = get_user_model().objects.filter(pk=token["user_id"], is_active=True).first()
        if user is None or token.get("password_id") != password_id(user.password):
            raise InvalidToken("The user of this refresh token cannot log in. Log in again.")
        if not sessions.use_up(jti=token["jti"], user=user):
            raise InvalidToken("The refresh token was used before, or has ended. Log in again.")
        new = refresh_token_for(user)
        return {"access": str(new.access_token), "refresh": str(new)}
