"""`./escala capacity` as it is typed: what it refuses, prints, records and leaves when it ends."""

import html
import json
import os
import shlex
import signal
import subprocess
import sys

import psutil
import pytest

from lab.stack.home import ROOT
from tests.support.command import command, in_one_line
from tests.support.shapes import assert_recorded_shape
from tests.support.slots import slots

pytestmark = pytest.mark.slow


def variables(folder):
    return {"ESCALA_HOME": str(folder / "home"), "ESCALA_CALLER": str(folder)}


@pytest.fixture
def capacity(tmp_path):
    """A function that starts `./escala capacity` with a home where nothing runs."""

    def start(*words):
        return subprocess.Popen(
            [sys.executable, "-m", "lab", "capacity", *words],
            env=os.environ | variables(tmp_path),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def ended(process, timeout=120):
    """(exit code, stdout, stderr)."""
    stdout, stderr = process.communicate(timeout=timeout)
    return process.returncode, stdout, stderr


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        ([], 2, "URL"),
        (["127.0.0.1:9"], 2, "./escala capacity http://127.0.0.1:9"),
        (["http://192.0.2.7/"], 2, "--yes-it-is-mine"),
        (["http://127.0.0.1:9/", "--p95", "0"], 2, "--p95 0 is not above 0"),
        (["http://127.0.0.1:9/", "--p95", "-5"], 2, "--p95"),
        (["http://127.0.0.1:9/", "--p95", "nan"], 2, "--p95 nan"),
        (["http://127.0.0.1:9/", "--p95", "10001"], 2, "at most 10,000"),
        (["http://127.0.0.1:9/", "--p95", "soon"], 2, "--p95"),
        (["http://127.0.0.1:9/", "--guess", "0"], 2, "--guess"),
        (["http://127.0.0.1:9/", "--guess", "inf"], 2, "at most 2,000"),
        (["http://127.0.0.1:9/", "--header", "Accept"], 2, "`Name: value`"),
        (["http://127.0.0.1:9/", "--body", "missing.json"], 2, "missing.json is no file"),
        (["http://127.0.0.1:9/", "--method", "GET /"], 2, "no HTTP method"),
        (["http://127.0.0.1:9/"], 1, "nothing accepts connections there"),
        (["http://no.such.invalid/"], 1, "does not resolve"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_next_step(tmp_path, words, code, what):
    done = command("capacity", *words, "--json", **variables(tmp_path))

    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert what in in_one_line(done.stderr) and "next: " in done.stderr
    assert json.loads(done.stdout)["error"]["next"]


def test_nothing_is_left_in_the_home_when_nothing_was_measured(capacity, tmp_path):
    _, stdout, _ = ended(capacity("http://127.0.0.1:9/"))

    assert not stdout
    assert list(tmp_path.glob("home/results/*")) == []


def test_header_values_are_in_no_file_and_the_report_can_be_made_again(capacity, tmp_path):
    (tmp_path / "body.json").write_text('{"pin": "hidden-too"}')
    words = ["--header", "Authorization: Bearer hidden", "--body", "body.json", "--p95", "50"]
    with slots(1, 0.1) as url:
        url += "?a=1&b=2"
        code, stdout, stderr = ended(capacity(url, *words, "--json"))

    document = json.loads(stdout)
    (folder,) = tmp_path.glob("home/results/*")
    texts = {path.name: path.read_text() for path in folder.iterdir()}
    assert code == 1 and not document["found"] and document["method"] == "POST"
    assert set(texts) == {"capacity.json", "capacity.jsonl", "report.html"}
    assert "hidden" not in stdout + stderr + "".join(texts.values())
    assert "Authorization" in texts["report.html"]
    assert "--p95 50</code> with the same" in texts["report.html"]
    assert shlex.quote(url) in html.unescape(texts["report.html"])
    (folder / "report.html").unlink()
    assert command("report", str(folder)).returncode == 0
    assert (folder / "report.html").read_text() == texts["report.html"]


def test_ctrl_c_ends_the_generator_and_says_what_is_known(capacity, tmp_path):
    with slots(4, 0.02) as url:
        process = capacity(url, "--json", "--guess", "20")
        said = []
        while "carried" not in "".join(said):
            said.append(process.stderr.readline())
        generators = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        code, stdout, stderr = ended(process)

    document = json.loads(stdout)
    assert generators and not [each for each in generators if each.is_running()]
    assert (code, document["found"], document["because"][0]) == (130, False, "it was interrupted")
    assert document["carried"] == 20 and "Traceback" not in stderr
    assert_recorded_shape("capacity", document)
    assert "it was interrupted" in (tmp_path / document["report"]).read_text()


def test_it_says_what_it_will_send_before_it_sends_anything(capacity):
    _, _, stderr = ended(capacity("http://127.0.0.1:9/", "--p95", "250"))

    first = stderr.partition("escala:")[0]
    assert "GET http://127.0.0.1:9/" in first and "at most 2,000 requests/s" in first
    assert "p95 within 250 ms" in first
    assert max(map(len, first.splitlines())) <= 80
