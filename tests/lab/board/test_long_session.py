"""An hour with the board leaves it, and its page, as large as a quarter of an hour does."""

import asyncio
import gc
import json
import time
import tracemalloc

import pytest

from lab.board.board import Board
from lab.stack import desired, ports
from lab.stack.desired import DesiredState
from lab.stack.home import Home
from tests.support import board_told
from tests.support.board import board_alone
from tests.support.board_told import AT, tick

pytestmark = pytest.mark.slow
QUARTER = 15 * 60  # seconds
MORE = 1.05  # the last quarter may have so many times the memory of the one before
# A tick of the page: an act each minute, and an order each second.
TELL = """async ({ tick, from, until }) => {
  for (let n = from; n < until; n += 1) {
    const at = tick.at + n / 2;
    const order = { t: at, d: 0.01, kind: "order", outcome: "ok", to: "core-1", order: `key/${n}` };
    const act = { number: n / 120, verb: "audit", at, state: "done", text: "no violations" };
    const dots = { k: 1, list: n % 2 ? [] : [order] };
    const acts = n % 120 ? [] : [{ ...act, title: "audit" }];
    stream.tell("tick", { ...tick, n, at, dots, acts });
    if (n % 20 === 0) await new Promise((done) => setTimeout(done));
  }
}"""


class Whole:
    """A database in which each order and each event is found once."""

    async def rows(self, statement, **values):
        names = values.get("keys") or values.get("ids")
        if "GROUP BY" not in statement:
            return [(len(names), len(names))]
        return [(name, 1, "")[: 3 if "user" in values else 2] for name in names]


def sell(board, at):
    """An order and two reads, which have just been answered."""
    answer = {"at": at - 0.02, "start": at - 0.02, "end": at, "instance": "core-1", "status": 201}
    key = board.ledger.new_order("a-sku")["note"]
    order = answer | {"kind": "order", "note": key, "answer": json.dumps({"id": f"id of {key}"})}
    board.ledger.answered(key, order)
    read = answer | {"kind": "read", "status": 200, "cache": "redis", "queries": 0}
    board.shoppers.finished.extend([order, read, read])


def test_an_hour_of_orders_leaves_a_board_as_large_as_before(tmp_path, monkeypatch):
    home = Home(tmp_path, ports.free_base())
    home.create()
    desired.save(home, DesiredState())
    seconds, found = time.monotonic(), []

    async def scene():
        nonlocal seconds
        board = Board(home)
        board.ledger.core = board.ledger.analytics = Whole()
        board.shoppers.rate = 30
        viewer = await board.join()
        monkeypatch.setattr(time, "monotonic", lambda: seconds)
        monkeypatch.setattr(time, "time", lambda: AT + seconds)
        tracemalloc.start()
        for second in range(1, 4 * QUARTER + 1):
            for _ in range(10):
                sell(board, seconds)
            if second % 60 == 0:
                board.act("orders", None, 30)
            board.tick()
            if second % 2:
                await board.ledger.check()
            json.loads(viewer.get_nowait())
            seconds += 1
            if second % QUARTER == 0:
                gc.collect()
                found.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        await board.ledger.check()
        assert board.ledger.truth()["acknowledged"] == 10 * 4 * QUARTER
        return board

    board = asyncio.run(scene())

    print(found, len(board.ledger.whole), len(board.acts.all))
    assert found[-1] < MORE * found[-2]


def test_an_hour_of_ticks_leaves_a_page_as_large_as_before(browser, tmp_path):
    with board_alone(tmp_path) as viewer, board_told.told(browser, viewer) as page:
        devtools = page.context.new_cdp_session(page)
        board_told.tell(page, tick(0))
        chart = {"ok": 60, "offered": 60, "p50_ms": 5, "p95_ms": 20, "max_ms": 40}
        told, found = tick(0, chart=chart), []
        for quarter in range(4):
            first = 2 * QUARTER * quarter
            page.evaluate(TELL, {"tick": told, "from": first, "until": first + 2 * QUARTER})
            devtools.send("HeapProfiler.collectGarbage")
            heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
            found.append((heap, page.evaluate("document.querySelectorAll('*').length")))

    print(found)
    (heap, elements), (later_heap, later_elements) = found[-2:]
    assert later_elements == elements
    assert later_heap < MORE * heap
