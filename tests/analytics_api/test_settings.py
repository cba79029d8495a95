import os
import secrets
import subprocess
import sys

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.env import ROOT

VERIFY = """
import django, sys
django.setup()
from chassis.authentication import AccessToken
print(AccessToken(sys.argv[1])["username"])
try:
    str(AccessToken())
except Exception as error:
    print("cannot sign:", type(error).__name__)
"""


@pytest.fixture
def run(tmp_path):
    def run(*arguments, **environment):
        bare = {"PATH": os.environ["PATH"], "ESCALA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=bare | environment, capture_output=True, text=True
        )

    return run


def test_deployed_with_https_nothing_is_left_to_warn_of(run):
    secret = {name: secrets.token_urlsafe(60) for name in ("SECRET_KEY", "JWT_SIGNING_KEY")}

    check = run(
        *["manage.py", "analytics_api", "check", "--deploy", "--fail-level", "WARNING"],
        DEBUG="off",
        HTTPS="on",
        **secret,
    )

    assert check.returncode == 0, check.stderr
    assert "no issues" in check.stdout


def test_without_anything_set_it_is_ready_for_runserver(run, tmp_path):
    assert run("manage.py", "analytics_api", "migrate", "--verbosity", "0").returncode == 0

    assert (tmp_path / "monolith" / "analytics_api.sqlite3").exists()
    assert (tmp_path / "monolith" / "analytics_secret_key").exists()


def test_the_models_have_no_change_without_a_migration(run):
    done = run("manage.py", "analytics_api", "makemigrations", "--check", "--dry-run")

    assert done.returncode == 0, done.stdout


def test_with_a_public_key_alone_tokens_are_verified_and_none_can_be_signed(run, token):
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = jwt.decode(token(username="erna"), options={"verify_signature": False})

    done = run(
        "-c",
        VERIFY,
        jwt.encode(claims, private, "EdDSA"),
        DJANGO_SETTINGS_MODULE="analytics_api.settings",
        DEBUG="off",
        SECRET_KEY="s" * 60,
        JWT_ALGORITHM="EdDSA",
        JWT_VERIFYING_KEY=public.decode(),
    )

    assert done.stdout.splitlines()[0] == "erna", done.stderr
    assert done.stdout.splitlines()[1].startswith("cannot sign")
