"""The question before a measurement: only at a terminal, and any answer is fine."""

import fcntl
import os
import pty
import subprocess
import sys
import termios

import pytest

from lab.analysis.verdict import Judgement, Measure
from lab.errors import WrongUsage
from lab.experiments import ALL, HEADLINE, e1c_prediction, e2b_failover, e2d_drain
from lab.experiments.shared import protocol
from lab.laboratory import guess, report
from lab.laboratory.results import Result
from lab.stack.home import ROOT
from tests.lab.experiments.test_experiments import GOOD

pytestmark = pytest.mark.slow

ASKING = (
    "from lab.experiments import e2b_failover; from lab.laboratory import guess;"
    "print(repr(guess.taken([e2b_failover], None, ask=True)))"
)


def at_a_terminal(tmp_path, command, keys, stderr=True):
    """(exit code, stdout, what the terminal showed) of a command that gets these keys once asked.

    Without `stderr`, only stdin is a terminal.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"ESCALA_HOME": str(tmp_path / "home")},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs if stderr else subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C is a signal
    )
    os.close(theirs)
    shown = b""
    while stderr and b"your guess" not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, keys)
    try:
        output, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        os.close(ours)
    return process.returncode, output.decode(), shown.decode()


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (b"7\n", "'7'"),
        (b"about  a third\n", "'about a third'"),
        (b"\n", "None"),
        (b"   \n", "None"),
        (b"\x04", "None"),  # Ctrl-D
        (b"\xff\xfe\n", "'\ufffd\ufffd'"),
        (b"9" * 500 + b"\n", repr("9" * 80)),
    ],
)
def test_any_answer_at_a_terminal_is_fine(tmp_path, keys, answer):
    code, output, shown = at_a_terminal(tmp_path, ["-c", ASKING], keys)

    assert (code, output.strip()) == (0, answer)
    assert protocol.guess(e2b_failover).question in shown


def test_ctrl_c_at_the_question_ends_the_run_before_anything_was_made(tmp_path):
    code, _, _ = at_a_terminal(tmp_path, ["-m", "lab", "run", "2b"], b"\x03")

    assert code == 130
    assert not (tmp_path / "home" / "results").exists()


def test_nobody_is_asked_whose_terminal_does_not_show_the_question(tmp_path):
    _, output, _ = at_a_terminal(tmp_path, ["-c", ASKING], b"7\n", stderr=False)

    assert output.strip() == "None"


@pytest.mark.parametrize(
    ("chosen", "ask"), [([e2b_failover], False), ([e2d_drain], True), (list(HEADLINE), True)]
)
def test_nobody_is_asked_without_a_question_or_for_several(tmp_path, chosen, ask, monkeypatch):
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(guess.console, "say", lambda text: pytest.fail("it asked"))

    assert guess.taken(chosen, None, ask=ask) is None


@pytest.mark.parametrize(
    ("chosen", "given"),
    [
        (list(HEADLINE), "7"),
        ([e2b_failover], ""),
        ([e2b_failover], "x" * 81),
        ([e2b_failover], "\x1b[31m"),
    ],
)
def test_a_guess_that_fits_no_line_or_no_single_experiment_is_wrong_usage(chosen, given):
    with pytest.raises(WrongUsage, match="--guess"):
        guess.taken(chosen, given, ask=True)


@pytest.mark.parametrize("experiment", [each for each in ALL if protocol.guess(each)], ids=str)
def test_what_is_asked_is_measured(experiment):
    asked, judgement = protocol.guess(experiment), experiment.judge(GOOD[experiment]())

    shown = guess.compared("7", Result(experiment, None, judgement, 1))
    assert shown["measured"] and bool(shown["law"]) == bool(asked.law)
    assert asked.question.endswith("?")


def test_who_runs_the_prediction_is_asked_to_predict_too():
    assert protocol.guess(e1c_prediction)


def test_guess_law_and_measurement_stand_beside_each_other():
    measures = {
        "gain, N = 8": Measure(6.25, 6, 6.5, "times"),
        "gain by the law, N = 8": Measure.exact(6.4, "times"),
    }
    (experiment,) = (each for each in ALL if each.ID == "1a")

    shown = guess.compared("8", Result(experiment, None, Judgement((), "", measures), 1))

    assert shown["guess"] == "8"
    assert shown["law"] == "gain by the law, N = 8: 6.4 times"
    assert shown["measured"] == "gain, N = 8: 6.25 times, between 6 and 6.5"


def test_the_report_shows_the_guess_as_text_and_nothing_without_one(run_of):
    found = {e2b_failover: GOOD[e2b_failover]()}

    assert "<td>&lt;b&gt;7</td>" in report.as_html(run_of(found, guess="<b>7"))
    assert "the guess" not in report.as_html(run_of(found, guess=None))
