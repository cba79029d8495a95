"""The settings of tokens: key, issuer, audience, lifetimes. (tokens.py needs settings.py.)"""

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from chassis import env

ISSUER = "escala"
AUDIENCE = ["core", "analytics"]
SMALLEST_KEY = 32  # bytes: RFC 7518 requires a key as long as the hash of HS256


def simple_jwt(*, signs: bool, secret_key: str) -> dict:
    """The SIMPLE_JWT settings of a service; `signs` is true only where tokens are issued.

    With HS256 one shared key signs and verifies, so every service that verifies could also sign.
    With EdDSA only the issuer has the signing key. A short key, or Django's own, is refused.
    """
    algorithm = env.choice("JWT_ALGORITHM", "HS256", "EdDSA")
    shared = algorithm == "HS256"
    signing_key = env.secret("JWT_SIGNING_KEY") if shared or signs else ""
    if shared and len(signing_key.encode()) < SMALLEST_KEY:
        text = "JWT_SIGNING_KEY is shorter than {} bytes. `./escala secrets` makes one."
        raise ImproperlyConfigured(text.format(SMALLEST_KEY))
    if signing_key == secret_key:
        raise ImproperlyConfigured("JWT_SIGNING_KEY equals SECRET_KEY. Make them different.")
    return {
        "ALGORITHM": algorithm,
        "SIGNING_KEY": signing_key,
        "VERIFYING_KEY": "" if shared else env.secret("JWT_VERIFYING_KEY"),
        "ISSUER": ISSUER,
        "AUDIENCE": AUDIENCE,
        "LEEWAY": 10,  # seconds: the clocks of two machines differ
        "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
        "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
        "AUTH_TOKEN_CLASSES": ["chassis.tokens.AccessToken"],
        "TOKEN_USER_CLASS": "chassis.tokens.TokenUser",
    }
