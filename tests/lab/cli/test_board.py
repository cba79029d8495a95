"""`./escala board --replay` as it is typed: it starts no system."""

import pytest

from lab.board import start
from lab.cli import board
from tests.support.command import command, in_one_line


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was told to open."""
    addresses = []
    monkeypatch.setattr(board.webbrowser, "open", addresses.append)
    return addresses


@pytest.mark.parametrize("words", [[], ["--open"]], ids=str)
def test_a_recording_is_opened_when_that_is_asked_for(opened, tmp_path, words):
    file = tmp_path / "saved.html"
    file.write_text(f"<script {start.SAVED}></script>")

    done = command("board", "--replay", "saved.html", *words, ESCALA_CALLER=str(tmp_path))

    assert (done.returncode, done.stdout) == (0, f"{file.as_uri()}\n")
    assert opened == [file.as_uri()] * len(words)


@pytest.mark.parametrize(("text", "what"), [("<p>", "no recording"), (None, "cannot be read")])
def test_what_is_no_recording_is_refused_and_not_opened(opened, tmp_path, text, what):
    if text:
        (tmp_path / "saved.html").write_text(text)

    done = command("board", "--replay", "saved.html", "--open", ESCALA_CALLER=str(tmp_path))

    assert done.returncode == 2 and what in in_one_line(done.stderr)
    assert opened == []
