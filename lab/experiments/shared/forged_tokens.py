"""Tokens made by hand, for 4c: short-lived ones for a customer, and forgeries by analytics_api.

They are encoded here because JWT libraries refuse to make some of them.
"""

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

COMMON_CLAIMS = {
    "token_type": "access",
    "iss": "escala",
    "aud": ["core", "analytics"],
    "jti": "made by hand",
}
STAFF = {"user_id": "1", "username": "forged", "role": "staff"}


def forgeries(environment: Mapping[str, str]) -> dict[str, str]:
    """{way: token} that claim to be staff, made only from the `environment` of a service."""
    claims = STAFF | {"exp": int(time.time()) + 300}
    key = environment.get("JWT_SIGNING_KEY") or environment["JWT_VERIFYING_KEY"]
    return {
        "with the key it holds": shared_key_token(claims, key),
        "with a key of its own": _token(claims, "EdDSA", Ed25519PrivateKey.generate().sign),
        "without a signature": _token(claims, "none", lambda text: b""),
    }


def shared_key_token(claims: dict[str, Any], key: str) -> str:
    """A token signed with HS256; valid when core_api verifies with the same key."""
    return _token(claims, "HS256", lambda text: hmac.digest(key.encode(), text, "sha256"))


def encoded(data: bytes) -> bytes:
    """The data as base64url without padding, as the parts of a token are."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decoded(text: str) -> bytes:
    """The data that a part of a token encodes."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _token(claims: dict[str, Any], algorithm: str, sign: Callable[[bytes], bytes]) -> str:
    parts = [{"alg": algorithm, "typ": "JWT"}, COMMON_CLAIMS | claims]
    text = b".".join(encoded(json.dumps(part).encode()) for part in parts)
    return b".".join([text, encoded(sign(text))]).decode()
