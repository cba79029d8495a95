import errno
import json
import os
import shutil
import subprocess
import sys
import xmlrpc.client

import psycopg
import pytest

import lab.__main__
from lab.stack.home import ROOT
from tests.support.command import command, in_one_line
from tests.support.shapes import assert_recorded_shape


@pytest.fixture
def escala(tmp_path):
    """A function that runs a command against a home where nothing runs.

    It runs in this process, or in one of its own with `python`, the words that start it.
    """
    variables = {"ESCALA_HOME": str(tmp_path / "home"), "ESCALA_PORT_BASE": "9000"}

    def run(*words, python=(), **more):
        if not python:
            return command(*words, **variables | more)
        return subprocess.run(
            [*python, "-m", "lab", *words],
            env=os.environ | variables | more,
            cwd=ROOT,
            capture_output=True,
            text=True,
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
        ["run", "--keep"],
        ["run", "2c", "2d", "--keep"],
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
    "line",
    ["secrets", "secrets --for kubernetes", "--help", "up --help", "kill", "explode"],
)
def test_secrets_and_help_need_nothing_but_python(escala, line):
    done = escala(*line.split(), python=(sys.executable, "-S"))

    assert done.returncode == (2 if line in ("kill", "explode") else 0)
    assert "Traceback" not in done.stderr


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
    lines = escala("experiments").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith("0c ") and "only when it is named" in lines[-1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--again"], 1, "there are no results yet"),
        (["2b", "--again", "--quick"], 2, "takes no --quick"),
        (["--again", "--seed", "4"], 2, "takes no --quick, --seed"),
        (["--again", "--prove"], 2, "--prove"),
    ],
    ids=str,
)
def test_again_needs_a_run_and_takes_its_settings_from_it(escala, words, code, said):
    done = escala("run", *words)

    assert done.returncode == code
    assert said in done.stderr and "Traceback" not in done.stderr


def test_the_json_of_experiments_has_every_recorded_field(escala):
    assert_recorded_shape("experiments", json.loads(escala("experiments", "--json").stdout))


@pytest.mark.parametrize("words", [["up"], ["down"], ["status"], ["experiments"], ["logs"]])
@pytest.mark.parametrize("obstacle", ["a file", "below a file", "a link to itself"])
def test_a_home_that_cannot_be_is_a_sentence(escala, tmp_path, words, obstacle):
    place = tmp_path / "obstacle"
    if obstacle == "a link to itself":
        place.symlink_to(place)
    else:
        place.touch()
    home = place / "home" if obstacle == "below a file" else place

    done = escala(*words, ESCALA_HOME=str(home))

    assert "Traceback" not in done.stderr
    assert done.returncode in (1, 2) if words != ["experiments"] else done.returncode < 3
    assert "next: " in done.stderr or done.returncode == 0


FOLDERS = ["", "data", "logs", "run", "config", "secrets"]
FILES = ["config/lock", "config/system.json", "config/haproxy.state", "secrets/secrets.env"]
WRONG = [*((path, "file") for path in FOLDERS), *((path, "folder") for path in FILES)]


@pytest.mark.parametrize(("path", "kind"), WRONG)
def test_what_is_of_the_wrong_kind_in_a_home_is_named(escala, tmp_path, path, kind):
    place = tmp_path / "home" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch() if kind == "file" else place.mkdir()

    done = escala("up")

    wrong = "is not a folder, and one" if kind == "file" else "is a folder, and a file"
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    said = in_one_line(done.stderr)
    assert f"escala: {place} {wrong} belongs there next: move that {kind} away" in said


# Root may read everything, unless it gives that up.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.mark.parametrize("path", [path for path in FILES if "haproxy" not in path])
def test_what_its_owner_may_not_read_in_a_home_is_named(escala, tmp_path, path):
    if not shutil.which("setpriv") and os.geteuid() == 0:
        pytest.skip("root may read everything")
    place = tmp_path / "home" / path
    place.parent.mkdir(parents=True)
    place.touch(mode=0)

    python = [*(UNPRIVILEGED if os.geteuid() == 0 else ()), sys.executable]
    done = escala("up", python=python)

    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert f"chmod u+rwX '{place}'" in done.stderr


@pytest.mark.parametrize(
    ("error", "what", "next_step"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "No space left", "free some"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x", "owner"),
        (TimeoutError("timed out"), "timed out", "status"),
        (psycopg.OperationalError("no\n  route"), "Postgres: no route", "logs postgres"),
        (psycopg.errors.UndefinedTable("no table"), "Postgres: no table", "logs postgres"),
        (xmlrpc.client.Fault(10, "BAD_NAME"), "supervisor: BAD_NAME", "logs supervisor"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_of_the_machine_is_a_sentence(
    monkeypatch, capsys, error, what, next_step, as_json
):
    def run(arguments):
        raise error

    monkeypatch.setattr(lab.__main__, "run", run)

    assert lab.__main__.main(["status", *(["--json"] if as_json else [])]) == 1

    stdout, stderr = capsys.readouterr()
    assert what in stderr and next_step in stderr
    assert not as_json or what in json.loads(stdout)["error"]["what"]


def test_a_mistake_in_the_laboratory_keeps_its_traceback(monkeypatch):
    def run(arguments):
        raise AttributeError("a mistake")

    monkeypatch.setattr(lab.__main__, "run", run)

    with pytest.raises(AttributeError):
        lab.__main__.main(["status"])


@pytest.mark.parametrize("given", ["2026-01-02-030405", "{results}/2026-01-02-030405"])
def test_report_takes_a_run_by_its_name_or_its_folder(escala, tmp_path, given):
    results = tmp_path / "home" / "results"
    folder = results / "2026-01-02-030405"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"experiments": [{"id": "2b", "name": "failover"}]}')

    said = in_one_line(escala("report", given.format(results=results)).stderr)

    assert f"{folder}/failover.jsonl does not exist" in said
    assert "contains no run" in escala("report", "2026-01-02-030406").stderr
