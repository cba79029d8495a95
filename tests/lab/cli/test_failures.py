"""What a command says at the end when it fails or is interrupted."""

import pytest

import lab.__main__
from tests.support.command import command


@pytest.mark.parametrize(
    "words",
    [["run", *"12345", "--again", "--keep", "--prove"], ["status", *20 * ["--unknown"]]],
)
def test_what_a_failure_says_fits_80_columns(tmp_path, words):
    lines = command(*words, ESCALA_HOME=str(tmp_path)).stderr.splitlines()

    assert len(lines) > 2 and max(map(len, lines)) <= 80


@pytest.mark.parametrize(("words", "advice"), [(["run", "2b"], False), (["status"], True)])
def test_after_a_ctrl_c_it_speaks_of_the_system_that_the_command_is_about(
    monkeypatch, words, advice
):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab.__main__, "run", interrupted)

    done = command(*words)

    assert done.returncode == 130 and done.stderr.startswith("escala: interrupted\n")
    assert ("./escala status" in done.stderr) == advice
