import json
import os
import subprocess
import sys

import pytest

from lab.stack import credentials
from lab.stack.home import ROOT
from tests.support.shapes import assert_recorded_shape


@pytest.fixture
def escala(tmp_path):
    """A function that runs a command against a home where nothing runs."""
    variables = os.environ | {"ESCALA_HOME": str(tmp_path / "home"), "ESCALA_PORT_BASE": "9000"}

    def run(*words, python=(sys.executable,)):
        return subprocess.run(
            [*python, "-m", "lab", *words], env=variables, cwd=ROOT, capture_output=True, text=True
        )

    return run


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["explode"],
        ["scale"],
        ["scale", "many"],
        ["scale", "9"],
        ["scale", "analytics", "5"],
        ["workers", "0"],
        ["kill", "core-2", "--signal", "HUP"],
        ["up", "--replicas", "9"],
        ["up", "--set", "CASH=off"],
        ["kill"],
        ["run", "9z"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_nothing_on_stdout(escala, words):
    done = escala(*words)

    assert done.returncode == 2
    assert not done.stdout or not words


def test_a_failure_says_what_happened_and_what_to_do_next(escala):
    done = escala("status")

    assert done.returncode == 1
    assert "no system is running" in done.stderr
    assert "next: ./escala up" in done.stderr


def test_a_failure_as_json_is_one_document_on_stdout(escala):
    done = escala("status", "--json")

    error = json.loads(done.stdout)["error"]
    assert done.returncode == 1
    assert set(error) == {"what", "next"}
    assert json.loads(escala("explode", "--json").stdout)["error"]["next"]


@pytest.mark.parametrize(
    "words", [["secrets"], ["--help"], ["up", "--help"], ["kill"], ["explode"]]
)
def test_secrets_and_help_need_nothing_but_python(escala, words):
    done = escala(*words, python=(sys.executable, "-S"))

    assert done.returncode == (2 if words in (["kill"], ["explode"]) else 0)
    assert "Traceback" not in done.stderr


def test_secrets_prints_lines_that_an_env_file_takes_and_nothing_else(escala):
    done = escala("secrets")

    assert done.stderr == ""
    assert [line.split("=")[0] for line in done.stdout.splitlines()] == list(credentials.NAMES)


@pytest.mark.parametrize(
    "words",
    [["kill", "core-1"], ["start", "relay"], ["scale", "3"], ["rolling-restart"], ["audit"]],
)
def test_nothing_can_be_changed_where_nothing_runs(escala, words):
    done = escala(*words)

    assert done.returncode == 1
    assert "./escala up" in done.stderr


def test_down_where_nothing_runs_is_harmless(escala):
    assert escala("down").returncode == 0


def test_the_experiments_are_listed_with_their_claim_and_how_long_they_take(escala):
    rows = json.loads(escala("experiments", "--json").stdout)["experiments"]

    failover = next(row for row in rows if row["name"] == "failover")
    assert (failover["id"], failover["claim"], failover["headline"]) == ("2b", 2, True)
    assert failover["seconds"]["quick"] > 0
    assert max(map(len, escala("experiments").stdout.splitlines())) <= 80


def test_the_json_of_experiments_has_every_recorded_field(escala):
    assert_recorded_shape("experiments", json.loads(escala("experiments", "--json").stdout))
