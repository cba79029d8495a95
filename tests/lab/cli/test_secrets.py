"""`./escala secrets`: what each engine reads, and nothing else on stdout."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from lab.stack import credentials
from lab.stack.home import ROOT


@pytest.fixture
def escala(tmp_path):
    """A function that runs a command against a home where nothing runs."""
    variables = os.environ | {"ESCALA_HOME": str(tmp_path / "home")}

    def run(*words):
        command = [sys.executable, "-m", "lab", *words]
        return subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True)

    return run


def test_secrets_prints_lines_that_an_env_file_takes_and_nothing_else(escala):
    done = escala("secrets")

    assert done.stderr == ""
    assert [line.split("=")[0] for line in done.stdout.splitlines()] == list(credentials.NAMES)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("secrets --json", credentials.NAMES),
        ("secrets --for swarm --json", credentials.OF_CLUSTER),
        ("secrets --for kubernetes --json", credentials.OF_CLUSTER),
    ],
)
def test_secrets_as_json_are_their_names_and_values(escala, line, names):
    assert tuple(json.loads(escala(*line.split()).stdout)) == names


def test_the_secrets_for_kubernetes_are_manifests_and_nothing_else(escala):
    done = escala("secrets", "--for", "kubernetes")

    found = {each["metadata"]["name"]: each for each in yaml.safe_load_all(done.stdout)}
    assert done.stderr == ""
    assert set(found) == set(credentials.KUBERNETES)
