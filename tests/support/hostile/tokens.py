"""Damaged and forged tokens, in one table for both services.

A row is a name and a function of `mint`, which makes a valid token with some parts changed:
mint(exp=1), mint(aud=...) without that claim, mint(header={...}), mint(key=b"..."),
mint(signature=b"").
"""

import base64
import hmac
import json
import time


def segment(value):
    """A part of a token: bytes as they are, anything else as JSON; base64 without the padding."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def minter(key, **always):
    """A function that makes tokens signed with `key`, of a customer, with the claims `always`."""
    right_key = key.encode()

    def mint(
        *, header=None, payload=None, key=right_key, digest="sha256", signature=None, **changes
    ):
        now = int(time.time())
        claims = {"token_type": "access", "user_id": "7", "username": "carla", "role": "customer"}
        claims |= {
            "iss": "escala",
            "aud": ["core", "analytics"],
            "iat": now,
            "exp": now + 300,
            "jti": "j",
        }
        claims = {
            name: value for name, value in (claims | always | changes).items() if value is not ...
        }
        first = segment({"alg": "HS256", "typ": "JWT"} if header is None else header)
        second = segment(claims if payload is None else payload)
        if signature is None:
            signature = hmac.new(key, f"{first}.{second}".encode(), digest).digest()
        return f"{first}.{second}.{segment(signature)}"

    return mint


def other_payload(mint):
    """The head and the signature of a right token around the claims of another user."""
    head, _, signature = mint().split(".")
    return f"{head}.{mint(user_id='1', role='staff').split('.')[1]}.{signature}"


def other_signature(mint):
    start, _, signature = mint().rpartition(".")
    return f"{start}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


LATER = 4_000_000_000

REFUSED = {
    "no algorithm": lambda mint: mint(header={"alg": "none"}, signature=b""),
    "no algorithm, oddly spelt": lambda mint: mint(header={"alg": "nOnE"}, signature=b""),
    "no algorithm, but a signature": lambda mint: mint(header={"alg": "none"}),
    "another hash": lambda mint: mint(header={"alg": "HS512"}, digest="sha512"),
    "a public key's algorithm": lambda mint: mint(header={"alg": "RS256"}),
    "an unknown algorithm": lambda mint: mint(header={"alg": "HS0"}),
    "a list of algorithms": lambda mint: mint(header={"alg": ["HS256"]}),
    "the algorithm left out": lambda mint: mint(header={"typ": "JWT"}),
    "another key": lambda mint: mint(key=b"k" * 48),
    "an empty key": lambda mint: mint(key=b""),
    "claims of another": other_payload,
    "a changed signature": other_signature,
    "half a signature": lambda mint: mint()[:-20],
    "no signature": lambda mint: mint(signature=b""),
    "two parts": lambda mint: mint().rpartition(".")[0],
    "four parts": lambda mint: mint() + ".e30",
    "five parts, as if encrypted": lambda mint: mint() + ".e30.e30",
    "empty parts": lambda mint: "..",
    "a header that is a list": lambda mint: mint(header=["HS256"]),
    "a header that is no JSON": lambda mint: mint(header=b"{"),
    "claims that are a list": lambda mint: mint(payload=["user_id", "7"]),
    "claims that are a text": lambda mint: mint(payload="user 7"),
    "claims that are no JSON": lambda mint: mint(payload=b"\xff\x00"),
    "claims nested 5,000 deep": lambda mint: mint(payload=b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "an unknown critical extension": lambda mint: mint(
        header={"alg": "HS256", "crit": ["b"], "b": 1}
    ),
    "claims said not to be base64": lambda mint: mint(
        header={"alg": "HS256", "crit": ["b64"], "b64": False}
    ),
    "a word": lambda mint: "abc",
    "letters beyond ASCII": lambda mint: "é.é.é",
    "9 KB of junk": lambda mint: "x" * 9_000,
    "expired": lambda mint: mint(exp=1),
    "expired for 11 s": lambda mint: mint(exp=int(time.time()) - 11),
    "never expiring": lambda mint: mint(exp=...),
    "expiring at a word": lambda mint: mint(exp="tomorrow"),
    "expiring at null": lambda mint: mint(exp=None),
    "expiring at a negative moment": lambda mint: mint(exp=-1),
    "expiring at true": lambda mint: mint(exp=True),
    "expiring at 1e30": lambda mint: mint(exp=1e30),
    "expiring at 1e308": lambda mint: mint(exp=1e308),
    "expiring at a number of 400 digits": lambda mint: mint(exp=10**400),
    "not valid before long": lambda mint: mint(nbf=LATER),
    "issued in the future": lambda mint: mint(iat=LATER),
    "issued at a word": lambda mint: mint(iat="today"),
    "without an id": lambda mint: mint(jti=...),
    "with a number for an id": lambda mint: mint(jti=7),
    "of no type": lambda mint: mint(token_type=...),
    "of another type": lambda mint: mint(token_type="sliding"),
    "of another issuer": lambda mint: mint(iss="someone"),
    "of no issuer": lambda mint: mint(iss=...),
    "for another system": lambda mint: mint(aud="other"),
    "for no audience": lambda mint: mint(aud=...),
    "of no user": lambda mint: mint(user_id=...),
    "of the user null": lambda mint: mint(user_id=None),
    "of the user abc": lambda mint: mint(user_id="abc"),
    "of a list of users": lambda mint: mint(user_id=[7]),
    "of an object for a user": lambda mint: mint(user_id={"id": 7}),
    "of a user with a NUL": lambda mint: mint(user_id="7\0"),
    "of a user of 30 digits": lambda mint: mint(user_id="9" * 30),
    "of a negative user": lambda mint: mint(user_id="-7"),
    "with a number for a subject": lambda mint: mint(sub=7),
}

# Unusual but valid: signed with our key. Headers that point to other keys are ignored.
ACCEPTED = {
    "as it should be": lambda mint: mint(),
    "a key id that is a path": lambda mint: mint(header={"alg": "HS256", "kid": "../../dev/null"}),
    "a key set elsewhere": lambda mint: mint(
        header={"alg": "HS256", "jku": "http://127.0.0.1:1/keys"}
    ),
    "a key of its own": lambda mint: mint(
        header={"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}
    ),
    "another name of its type": lambda mint: mint(header={"alg": "HS256", "typ": "at+jwt"}),
    "expired for 5 s, within the leeway": lambda mint: mint(exp=int(time.time()) - 5),
    "issued in 5 s, within the leeway": lambda mint: mint(iat=int(time.time()) + 5),
    "of a user that is not in the database": lambda mint: mint(user_id="123456789"),
}

# Claims that must not give a customer the rights of staff.
NO_STAFF = {
    "is_staff": {"is_staff": True},
    "is_superuser": {"is_superuser": True},
    "a list of roles": {"role": ["staff"]},
    "a role in capitals": {"role": "Staff"},
    "a role with a space": {"role": "staff "},
    "no role": {"role": ...},
    "true for a role": {"role": True},
}

# {format of the Authorization header: status}
HEADERS = {
    "": 401,
    "Bearer": 401,
    "Bearer ": 401,
    "Bearer {} {}": 401,
    "Bearer {}, Bearer {}": 401,
    "Bearer-{}": 401,
    "Token {}": 401,
    "Basic YTpi": 401,
    "{}": 401,
    "Bearer  {}": 200,
    "Bearer {}": 200,
    "bearer {}": 200,
    "BEARER {}": 200,
}
