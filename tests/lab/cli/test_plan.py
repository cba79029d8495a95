"""`./escala plan` as it is typed, with a made-up measurement: it starts no system."""

import json

import pytest

from tests.support import costs
from tests.support.command import command, in_one_line
from tests.support.shapes import assert_recorded_shape


@pytest.fixture
def plan(tmp_path):
    """A function that runs `./escala plan` in a home without measurements; (code, out, err)."""
    variables = {"ESCALA_HOME": str(tmp_path / "home"), "ESCALA_CALLER": str(tmp_path)}
    costs.write(tmp_path / "made.jsonl")

    def run(*words):
        done = command("plan", *words, **variables)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ([], "--rate"),
        (["--rate", "0"], "--rate 0 is not above 0"),
        (["--rate", "-5"], "--rate -5 is not above 0"),
        (["--rate", "nan"], "--rate nan is not above 0"),
        (["--rate", "inf"], "at most 100,000"),
        (["--rate", "1e9"], "at most 100,000"),
        (["--rate", "fast"], "--rate"),
        (["--rate", "5", "--p95", "0"], "--p95 0 is not above 0"),
        (["--rate", "5", "--p95", "nan"], "--p95 nan"),
        (["--rate", "5", "--p95", "10001"], "at most 10,000"),
        (["--rate", "5", "--reads", "-1"], "--reads -1 is not at least 0"),
        (["--rate", "5", "--orders", "nan"], "--orders nan is not at least 0"),
        (["--rate", "5", "--reports", "inf"], "at most 1,000,000"),
        (["--rate", "5", "--reads", "0", "--orders", "0", "--reports", "0"], "add up to 0"),
        (["--rate", "5", "--seed", "x"], "--seed"),
        (["--rate", "5", "--from", "missing.jsonl"], "missing.jsonl is no finished measurement"),
        (["--rate", "5", "--from", "."], "is no finished measurement"),
        (["--rate", "5", "--from", "made.jsonl", "--again"], "exclude each other"),
    ],
)
def test_a_wrong_value_is_refused_before_anything_is_measured(plan, tmp_path, words, what):
    code, stdout, stderr = plan(*words, "--json")

    assert (code, "Traceback" in stderr) == (2, False)
    assert what in in_one_line(stderr) and "next: " in stderr
    assert json.loads(stdout)["error"]["next"]
    assert not (tmp_path / "home" / "results").exists()


@pytest.mark.parametrize(("rate", "code", "fits"), [("100", 0, "true"), ("2000", 1, "false")])
def test_the_exit_code_says_whether_the_load_fits(plan, rate, code, fits):
    found, stdout, _ = plan("--rate", rate, "--from", "made.jsonl", "--json")

    document = json.loads(stdout)
    assert (found, document["fits"]) == (code, fits)
    assert document["shares"] == {"reads": 0.95, "orders": 0.04, "reports": 0.01}
    assert_recorded_shape("plan", document)


def test_shares_are_relative_to_each_other(plan):
    words = ["--rate", "100", "--from", "made.jsonl", "--json"]
    for shares in (["3", "1", "0"], ["750000", "250000", "0"]):
        options = zip(("--reads", "--orders", "--reports"), shares, strict=True)
        code, stdout, _ = plan(*words, *(word for option in options for word in option))

        assert json.loads(stdout)["shares"] == {"reads": 0.75, "orders": 0.25, "reports": 0}


def test_a_kind_that_nobody_sends_costs_nothing(plan):
    words = ["--rate", "1", "--from", "made.jsonl", "--reads", "0", "--orders", "0"]
    code, stdout, stderr = plan(*words)
    assert code == 0 and stdout.startswith("1 requests/s (100 % reports)")

    parts = {each["name"]: each for each in json.loads(plan(*words, "--json")[1])["parts"]}
    for name in ("core", "relay"):
        idle, _, _, report = costs.COSTS[name]
        assert parts[name]["processors"]["value"] == pytest.approx(idle + report)
