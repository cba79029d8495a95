"""FORGING: tokens of the shop made by hand, as its own code and as somebody with bad intentions
would make them."""

import base64
import hmac
import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

USUAL = {
    "token_type": "access",
    "iss": "escala",
    "aud": ["core", "analytics"],
    "jti": "made by hand",
}
STAFF = {"user_id": "1", "username": "forged", "role": "staff"}


def forgeries(held):
    """{way: token} that name a member of staff, from nothing but the environment `held` by a
    service."""
    claims = STAFF | {"exp": int(time.time()) + 300}
    key = held.get("JWT_SIGNING_KEY") or held["JWT_VERIFYING_KEY"]
    return {
        "with the key it holds": shared_key_token(claims, key),
        "with a key of its own": _token(claims, "EdDSA", Ed25519PrivateKey.generate().sign),
        "without a signature": _token(claims, "none", lambda text: b""),
    }


def shared_key_token(claims, key):
    """A token as whoever holds the HS256 key can make it; good when core's key is this one."""
    return _token(claims, "HS256", lambda text: hmac.digest(key.encode(), text, "sha256"))


def _token(claims, algorithm, sign):
    # By hand: libraries refuse to make some of these.
    parts = [{"alg": algorithm, "typ": "JWT"}, USUAL | claims]
    text = b".".join(encoded(json.dumps(part).encode()) for part in parts)
    return b".".join([text, encoded(sign(text))]).decode()


def encoded(data):
    """Bytes in the form that tokens have them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decoded(text):
    """The bytes that a token's part stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
