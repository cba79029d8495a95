"""Where the board runs: on a learner's machine, and nowhere else."""

import pytest

from lab.board import start
from lab.errors import Failure
from lab.stack import desired, levers, scale
from lab.stack.desired import DesiredState
from lab.stack.home import ROOT, Home


def test_the_board_is_a_part_of_the_laboratory_only():
    without = levers.DEFAULTS | {"LAB": "off"}

    assert "board" in DesiredState(board=True).names()
    assert "board" not in DesiredState(board=True, levers=without).names()
    assert "board" not in DesiredState().names()


def test_without_the_laboratory_the_command_says_how_to_get_it(tmp_path, monkeypatch):
    home = Home(tmp_path, 9000)
    home.create()
    desired.save(home, DesiredState(levers=levers.DEFAULTS | {"LAB": "off"}))
    monkeypatch.setattr(scale, "running_supervisor", lambda home: None)

    with pytest.raises(Failure) as failure:
        start.board(home)

    assert failure.value.next_step == "./escala up --set LAB=on"


def test_neither_containers_nor_haproxy_know_the_board():
    files = [file for name in ("docker", "haproxy") for file in (ROOT / name).rglob("*")]
    texts = [file.read_text() for file in files if file.is_file()]

    assert len(texts) > 5
    assert not [text for text in texts if "lab.board" in text or "8405" in text]
