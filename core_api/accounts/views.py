"""The two requests for tokens."""

from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView


class Login(TokenObtainPairView):
    """Log in: a username and a password for an access token and a refresh token.

    The access token is valid for 5 minutes, in both services. ./escala status prints the logins.
    """


class Refresh(TokenRefreshView):
    """Exchange a refresh token, once, for a new pair of tokens."""
