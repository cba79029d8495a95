"""Tokens: a pair at login, and a new pair for each refresh token, once and only once."""

from django.contrib.auth import get_user_model
from rest_framework import serializers
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework_simplejwt.utils import get_md5_hash_password

from chassis.authentication import role_of
from core_api.accounts import sessions


class RefreshToken(tokens.RefreshToken):
    """A refresh token; whether it was used before is for sessions.use_up() to say, which also
    decides races."""

    # What only refresh asks for stays out of the access tokens, which every service reads.
    no_copy_claims = (*tokens.RefreshToken.no_copy_claims, "hash_password")

    def check_blacklist(self):
        pass


def refresh_token_for(user):
    """A new refresh token of `user`; the claims name and role go into every access token made from
    it."""
    token = RefreshToken.for_user(user)
    token["username"] = user.get_username()
    token["role"] = role_of(user)
    return token


def pair(token):
    return {"access": str(token.access_token), "refresh": str(token)}


class TokenPairSerializer(TokenObtainPairSerializer):
    """Username and password in, access and refresh token out."""

    @classmethod
    def get_token(cls, user):
        return refresh_token_for(user)


class RefreshOnceSerializer(serializers.Serializer):
    """A refresh token in, a new pair out. Of many uses of one token at once exactly one succeeds.

    A token used before, of a user deleted or deactivated, or issued before the password changed, is
    401. One used again long after its first use ends all sessions of its user: see sessions.py.
    """

    refresh = serializers.CharField(max_length=5000)
    access = serializers.CharField(read_only=True)

    def validate(self, attributes):
        try:
            token = RefreshToken(attributes["refresh"])
            user = get_user_model().objects.filter(pk=token["user_id"], is_active=True).first()
        except (TokenError, ArithmeticError, ValueError, TypeError, KeyError, OSError) as error:
            raise InvalidToken("The refresh token is not valid: log in again.") from error
        if user is None or token.get("hash_password") != get_md5_hash_password(user.password):
            raise InvalidToken("The refresh token belongs to nobody who may log in: log in again.")
        if not sessions.use_up(jti=token["jti"], user=user):
            raise InvalidToken(
                "The refresh token was used before, or its session has ended: log in again."
            )
        return pair(refresh_token_for(user))
