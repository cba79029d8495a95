"""What the board says an act did, on observations that the test chooses."""

import asyncio
from itertools import chain, repeat

import pytest

from lab.board import effects
from lab.board.acts import Acts
from lab.board.effects import Effects
from lab.board.log_tail import Trouble


@pytest.mark.parametrize(
    ("verb", "works", "out", "expected"),
    [
        ("kill", [True, False], [False, True], "HAProxy knew after"),
        ("kill", [False, True, True, False], [False, False, True], "HAProxy knew after"),
        ("freeze", [False], [False, True], "HAProxy knew after"),
        ("freeze", [False, False, True], [False], "HAProxy did not notice in that time"),
        ("kill", [False], [False], "HAProxy has not noticed for"),
    ],
)
def test_whether_haproxy_noticed(monkeypatch, verb, works, out, expected):
    """The last observation of each list goes on."""
    monkeypatch.setattr(effects, "PATIENCE", 0.5)
    observed = chain(works, repeat(works[-1]))
    monkeypatch.setattr(effects, "works", lambda pid: next(observed))
    believed = chain(out, repeat(out[-1]))

    async def is_out(self, name):
        return next(believed)

    monkeypatch.setattr(Effects, "_is_out", is_out)

    async def scene():
        acts = Acts(lambda: None)
        act = acts.new(verb, "core-2", None)
        watching = Effects(None, None, acts, lambda: {"core-2": ("running", 7)}, noop)
        await watching._watch(act, 7)
        return act.text

    assert asyncio.run(scene()).startswith(expected)


@pytest.mark.parametrize(
    ("verb", "text"),
    [("kill", "1 failed; 2 sent again; 1 refused"), ("audit", ""), ("rate", "")],
)
def test_requests_are_counted_once_each_and_only_for_acts_that_can_strike_them(verb, text):
    class Log:
        def since(self, moment):
            return [
                Trouble("a", moment, 2, False, False),
                Trouble("b", moment, 1, True, False),
                Trouble("c", moment, 0, False, True),
            ]

    async def scene():
        acts = Acts(lambda: None)
        act = acts.new(verb, "worker-1", None)
        watching = Effects(None, Log(), acts, lambda: {}, noop)
        watching.begin(act)
        watching.count()
        return act.text

    assert asyncio.run(scene()) == text


async def noop():
    pass
