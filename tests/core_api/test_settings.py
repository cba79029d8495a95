import os
import secrets
import subprocess
import sys

import pytest
import yaml
from django.core.management import call_command

from chassis.env import ROOT


@pytest.fixture
def manage(tmp_path):
    """Runs a command of the monolith in an empty home, with nothing set but what is given."""

    def manage(*arguments, **environment):
        bare = {"PATH": os.environ["PATH"], "ESCALA_HOME": str(tmp_path)}
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=bare | environment, capture_output=True, text=True
        )

    return manage


def test_deployed_with_https_nothing_is_left_to_warn_of(manage):
    keys = {name: secrets.token_urlsafe(60) for name in ("SECRET_KEY", "JWT_SIGNING_KEY")}

    check = manage(
        "core_api", "check", "--deploy", "--fail-level", "WARNING", DEBUG="off", HTTPS="on", **keys
    )

    assert check.returncode == 0, check.stderr
    assert "no issues" in check.stdout


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({}, "JWT_SIGNING_KEY is not set. `./escala secrets` prints all secrets."),
        ({"JWT_SIGNING_KEY": "short"}, "JWT_SIGNING_KEY is shorter than 32 bytes."),
        ({"JWT_SIGNING_KEY_FILE": "/nothing/here"}, "JWT_SIGNING_KEY_FILE=/nothing/here is not"),
        ({"DATABASE_URL_FILE": "/dev/null"}, "DATABASE_URL_FILE=/dev/null is empty."),
        ({"CACHE": "rediss"}, "CACHE=rediss is not one of"),
    ],
)
@pytest.mark.parametrize("command", [["migrate", "--check"], ["seed"], ["audit", "--json"]])
def test_a_missing_or_wrong_setting_is_one_clear_line(manage, command, variables, complaint):
    done = manage(*command, **{"DEBUG": "off", "SECRET_KEY": "s" * 50} | variables)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"core_api: {complaint}")
    assert len(done.stderr.splitlines()) == 1


def test_with_nothing_set_four_words_make_a_shop_that_adds_up(manage, tmp_path):
    assert manage("migrate", "--verbosity", "0").returncode == 0
    seed = manage("seed", "--products", "50", "--orders", "100")
    assert seed.returncode == 0, seed.stderr
    assert "customer" in seed.stdout
    audit = manage("audit")
    assert audit.returncode == 0, audit.stdout
    assert (tmp_path / "monolith" / "core_api.sqlite3").exists()


def test_the_models_have_no_change_without_a_migration(manage):
    done = manage("makemigrations", "--check", "--dry-run")

    assert done.returncode == 0, done.stdout


def test_a_variable_left_over_in_the_shell_does_not_choose_the_project(manage):
    done = manage("check", DJANGO_SETTINGS_MODULE="analytics_api.settings")
    routes = manage("seed", "--help", DJANGO_SETTINGS_MODULE="analytics_api.settings")

    assert done.returncode == routes.returncode == 0


def test_the_openapi_document_is_valid_and_complete(tmp_path):
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml")
    )

    schema = yaml.safe_load((tmp_path / "schema.yaml").read_text())
    assert schema["openapi"] == "3.1.0"
    order = schema["paths"]["/api/orders/"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in order["parameters"]]
    assert {"/api/products/", "/api/imports/", "/api/jobs/{id}/result/"} <= schema["paths"].keys()


@pytest.mark.django_db
def test_the_docs_load_nothing_from_outside(client):
    page = client.get("/api/docs/").content.decode()

    assert "/static/drf_spectacular_sidecar/" in page
    assert "//cdn" not in page
