import os
import secrets
import subprocess
import sys

import pytest

from chassis.env import ROOT


@pytest.fixture
def run(tmp_path):
    def run(*arguments, **environment):
        bare = {"PATH": os.environ["PATH"], "ESCALA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=bare | environment,
            capture_output=True,
            text=True,
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
