"""STATELESS SESSIONS: a token signed once by core_api is accepted by every instance of both
services, with no lookup.

What is needed to verify a token is the key, the issuer and the audience below; they come from the
environment, so an instance started a second ago knows every user who logged in before it was born.
See it: ./escala status prints a login; GET /api/whoami/ and GET /analytics/whoami/ with its token
say `queries: 0`.
"""

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from chassis import env

ISSUER = "escala"
AUDIENCE = ["core", "analytics"]
SMALLEST_KEY = 32  # bytes: RFC 7518 asks of an HS256 key what its hash has


def simple_jwt(*, signs, secret_key):
    """The SIMPLE_JWT settings of a service; `signs` only where tokens are issued.

    With HS256 one shared key signs and verifies, so every service that can verify could also mint.
    With EdDSA only the issuer has the signing key. A short key, or one that is Django's SECRET_KEY
    too, is refused.
    """
    algorithm = env.choice("JWT_ALGORITHM", "HS256", "EdDSA")
    shared = algorithm == "HS256"
    signing_key = env.secret("JWT_SIGNING_KEY") if shared or signs else ""
    if shared and len(signing_key.encode()) < SMALLEST_KEY:
        raise ImproperlyConfigured(
            f"JWT_SIGNING_KEY is shorter than {SMALLEST_KEY} bytes: `./escala secrets` makes one."
        )
    if signing_key == secret_key:
        raise ImproperlyConfigured(
            "JWT_SIGNING_KEY equals SECRET_KEY: a service that verifies tokens must not own sessions."
        )
    return {
        "ALGORITHM": algorithm,
        "SIGNING_KEY": signing_key,
        "VERIFYING_KEY": "" if shared else env.secret("JWT_VERIFYING_KEY"),
        "ISSUER": ISSUER,
        "AUDIENCE": AUDIENCE,
        "LEEWAY": 10,  # seconds: clocks of two machines differ
        "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
        "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
        "CHECK_REVOKE_TOKEN": True,  # a hash in the token, compared by refresh alone: a new password ends it
        "AUTH_TOKEN_CLASSES": ["chassis.authentication.AccessToken"],
        "TOKEN_USER_CLASS": "chassis.authentication.TokenUser",
    }
