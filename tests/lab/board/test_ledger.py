"""The truth line, on databases whose rows the test chooses."""

import asyncio
import json
import time

import pytest

from lab.board.ledger import MOST_OPEN, Ledger


class Rows:
    """A database whose answers the test gives: {key or id: number of rows}."""

    def __init__(self, rows):
        self.known = rows

    async def rows(self, statement, **values):
        (asked,) = (values[name] for name in ("keys", "ids") if name in values)
        found = {name: self.known[name] for name in asked if self.known.get(name)}
        if "GROUP BY" in statement:
            return [
                (name, count, "")[: 3 if "user" in values else 2] for name, count in found.items()
            ]
        return [(sum(found.values()), len(found))]


@pytest.mark.parametrize(
    ("rows", "facts", "wrong"),
    [
        (1, 1, {}),
        (1, 0, {"counted": 9, "travelling": 1}),
        (0, 0, {"recorded": 9, "counted": 9, "lost": 1}),
        (2, 1, {"doubled": 1}),
        (1, 3, {"doubled": 2}),
        (2, 2, {"doubled": 2}),
    ],
)
@pytest.mark.parametrize(
    ("seconds", "checks"),
    [(None, 1), (0, 1), (61, 10)],
    ids=["at first", "after it was whole", "a minute after it was whole"],
)
def test_each_acknowledged_order_is_classed(rows, facts, wrong, seconds, checks):
    async def scene():
        core, analytics = Rows({}), Rows({})
        ledger = Ledger("s", core, analytics)
        for number in range(10):
            key = ledger.new_order("a-sku")["note"]
            core.known[key] = analytics.known[f"id-{number}"] = 1
            ledger.answered(key, {"status": 201, "answer": json.dumps({"id": f"id-{number}"})})
        if seconds is not None:
            await ledger.check()
            for order in ledger.whole.values():
                order.at -= seconds
        core.known["board/s/4"], analytics.known["id-3"] = rows, facts
        for _ in range(checks):
            await ledger.check()
        return ledger.truth()

    truth = asyncio.run(scene())

    right = {"acknowledged": 10, "recorded": 10, "counted": 10}
    right |= dict.fromkeys(("travelling", "lost", "doubled", "in_doubt"), 0)
    assert {name: truth[name] for name in right} == right | wrong


@pytest.mark.parametrize(("seconds", "doubled"), [(0, 1), (61, 0)], ids=["soon", "too late"])
def test_an_order_that_was_refused_and_is_placed_all_the_same_is_doubled(seconds, doubled):
    core = Rows({})
    ledger = Ledger("s", core, Rows({}))
    key = ledger.new_order("a-sku")["note"]
    ledger.answered(key, {"status": 409})
    asyncio.run(ledger.check())
    assert ledger.truth()["doubled"] == 0

    for order in ledger.refusals.values():
        order.at -= 100  # in doubt for long before it was refused
        order.refused_at -= seconds
    asyncio.run(ledger.check())
    core.known[key] = 1
    asyncio.run(ledger.check())

    assert (ledger.truth()["doubled"], len(ledger.refusals)) == (doubled, doubled)


@pytest.mark.parametrize("answer", ["", '{"id', "null", "[]", "{}"])
def test_half_an_answer_leaves_an_order_in_doubt(answer):
    ledger = Ledger("s", Rows({}), Rows({}))
    key = ledger.new_order("a-sku")["note"]

    ledger.answered(key, {"status": 201, "answer": answer})

    assert ledger.truth()["in_doubt"] == 1


def test_a_long_outage_does_not_fill_the_memory():
    ledger = Ledger("s", Rows({}), Rows({}))
    while not ledger.is_full:
        ledger.answered(ledger.new_order("a-sku")["note"], {"status": 0})

    assert len(ledger.open) == MOST_OPEN
    assert len(ledger.due_again()) == 0


@pytest.mark.parametrize(
    ("status", "state"),
    [(0, "doubt"), (500, "doubt"), (503, "doubt"), (401, "doubt"), (429, "doubt"), (409, None)],
)
def test_an_order_in_doubt_is_asked_for_again_with_its_key(monkeypatch, status, state):
    ledger = Ledger("s", Rows({}), Rows({}))
    request = ledger.new_order("a-sku")

    ledger.answered(request["note"], {"status": status})

    assert ledger.due_again() == []  # not at once
    clock = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: clock + 3)
    assert ledger.due_again() == ([request] if state else [])
    assert ledger.due_again() == []  # it is under way
    assert ledger.truth()["in_doubt"] == bool(state)


@pytest.mark.parametrize(
    ("status", "facts", "open"), [(201, 1, 0), (201, 0, 1), (409, 0, 0), (504, 0, 1), (None, 0, 1)]
)
def test_an_order_is_open_until_it_is_whole_or_refused(status, facts, open):
    ledger = Ledger("s", Rows({"board/s/1": 1}), Rows({"an-id": facts}))
    key = ledger.new_order("a-sku")["note"]
    if status:
        ledger.answered(key, {"status": status, "answer": '{"id": "an-id"}'})
    asyncio.run(ledger.check())

    assert ledger.truth()["open"] == open
