"""JWT_ALGORITHM=EdDSA: with the public key alone, analytics verifies tokens and cannot sign any."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.env import ROOT

PEM, PUBLIC = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
# Prints the status for each token on standard input, and the result of making a token.
ASK = """
import json, sys, django
django.setup()
from rest_framework.test import APIClient
from chassis.tokens import AccessToken

def status(token):
    headers = {"Authorization": f"Bearer {token}"}
    return APIClient().get("/analytics/whoami/", headers=headers, HTTP_HOST="localhost").status_code

def mint():
    token = AccessToken()
    token["user_id"], token["username"], token["role"] = "1", "forger", "staff"
    return str(token)

answers = {name: status(token) for name, token in json.load(sys.stdin).items()}
try:
    minted = mint()
except Exception as error:
    minted = type(error).__name__
print(json.dumps([answers, minted]))
"""


def signed_by_hand(claims, algorithm, secret):
    """A token signed with any secret; PyJWT refuses to use a public key as a secret."""
    parts = [json.dumps(part).encode() for part in ({"alg": algorithm, "typ": "JWT"}, claims)]
    message = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.digest(secret, message, hashlib.sha256)
    return (message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.fixture
def ask(tmp_path):
    """[{name: status}, new token or name of the error] from a process of analytics with `keys`."""

    def ask(tokens, **keys):
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "ESCALA_HOME": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "analytics_api.settings",
            "DEBUG": "off",
            "SECRET_KEY": "s" * 60,
        }
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            input=json.dumps(tokens),
            env=environment | keys,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


@pytest.fixture
def claims(token):
    return jwt.decode(token(), options={"verify_signature": False})


def test_with_the_public_key_analytics_accepts_only_what_core_signed(ask, claims):
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(PEM, PUBLIC)
    tokens = {
        "signed by core": jwt.encode(claims, private, "EdDSA"),
        "signed by another": jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA"),
        "the public key as the secret": signed_by_hand(claims, "HS256", public),
        "the same without its last line end": signed_by_hand(claims, "HS256", public.strip()),
        "the same, called EdDSA": signed_by_hand(claims, "EdDSA", public),
        "an empty secret": signed_by_hand(claims, "HS256", b""),
        "no signature": jwt.encode(claims, None, "none"),
    }

    answers, minted = ask(tokens, JWT_ALGORITHM="EdDSA", JWT_VERIFYING_KEY=public.decode())

    assert answers.pop("signed by core") == 200
    assert set(answers.values()) == {401}, answers
    assert minted == "InvalidKeyError"


def test_with_the_shared_key_analytics_can_sign_a_token_of_staff(ask, claims):
    shared = "k" * 40

    answers, minted = ask({"core": jwt.encode(claims, shared, "HS256")}, JWT_SIGNING_KEY=shared)

    assert answers == {"core": 200}
    assert jwt.decode(minted, shared, ["HS256"], audience="core")["role"] == "staff"
