"""`./escala error-rates` on a real system: lines are added, and nothing is left running."""

import json
import os
import subprocess
import sys

import psutil
import pytest

from lab.stack.home import ROOT


@pytest.fixture
def measured(tmp_path):
    """A function that runs the command and returns (its document, the lines of the file)."""

    def run(*words):
        command = [sys.executable, "-m", "lab", "error-rates", *words, "--json"]
        variables = os.environ | {"ESCALA_HOME": str(tmp_path)}
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        document = json.loads(done.stdout)
        with open(document["file"]) as file:
            return document, [json.loads(line) for line in file]

    return run


def burners():
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if "lab.laboratory.burner" in (process.info["cmdline"] or ())
    ]


def test_parts_accumulate_and_equal_sides_are_compared(measured):
    measured("--part", "same", "--pairs", "2")
    document, lines = measured("--part", "planted", "--pairs", "1")

    assert [line["part"] for line in lines] == ["same", "same", "planted", "planted"]
    for line in lines:
        assert all(low <= value <= high for value, low, high in line["changes"].values())
    assert [row["lines"] for row in document["sources"]] == [2, 2]


def test_an_experiment_beside_a_burner_is_recorded_with_its_reason(measured):
    before = burners()

    _, (line,) = measured("--part", "burner", "4a", "--burn", "30")

    assert (line["experiment"], line["burn"], line["proving"]) == ("4a", 30, False)
    assert line["taken"] > 0
    assert line["verdict"] == "true" or line["because"]
    assert line["verdict"] != "false"
    assert burners() == before
