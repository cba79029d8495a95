"""Its parts without a system: what they make of lines, counters and requests."""

import asyncio
import random
from collections import Counter

import pytest

from lab.board import cards, storm
from lab.board.acts import checked
from lab.board.boxes import PROCESS, TARGETS, Boxes
from lab.board.chart import Chart, Sent, rank
from lab.board.dots import MOST, Dots, thinned_by
from lab.board.log_tail import LogTail
from lab.board.shoppers import outcome
from lab.board.sources import Server, Source, parse_statistics
from lab.stack.desired import DesiredState

LINE = (
    "{id} 127.0.0.1 GET /api/ {status} 10 from=core/core-1 wait=0 connect=0 answer=1 total=1"
    " retries={retries} end={end} at=1700000000000 made=- timing=-\n"
)


@pytest.mark.parametrize(
    ("status", "retries", "end", "expected"),
    [
        (200, "0", "--", None),
        (404, "0", "--", None),
        (200, "+1", "--", (1, False, False)),
        (500, "0", "--", (0, True, False)),
        (-1, "2", "CD", (2, True, False)),
        (503, "0", "SC", (0, True, False)),  # no instance is left
        (503, "0", "PT", (0, False, True)),  # held back under overload
        (503, "0", "sQ", (0, False, True)),
    ],
)
def test_the_log_tells_what_was_sent_again_failed_or_refused(
    tmp_path, status, retries, end, expected
):
    tail = LogTail(tmp_path / "haproxy.log")
    line = LINE.format(id="an-id", status=status, retries=retries, end=end)
    (tmp_path / "haproxy.log").write_text(line[:30])
    tail.look()  # half a line is not read yet
    (tmp_path / "haproxy.log").write_text(line)

    tail.look()

    found = tail.by_id.get("an-id")
    assert (found and (found.retries, found.failed, found.refused)) == expected


def test_a_rotated_log_is_read_from_its_beginning(tmp_path):
    log = tmp_path / "haproxy.log"
    log.write_text("old\n" * 1000)
    tail = LogTail(log)
    log.write_text(LINE.format(id="new", status=500, retries="0", end="SH"))

    tail.look()

    assert list(tail.by_id) == ["new"]


@pytest.mark.parametrize(
    ("record", "refused", "expected"),
    [
        ({"status": 200}, False, "ok"),
        ({"status": 201, "cache": "off"}, False, "ok"),
        ({"status": 200, "cache": "redis"}, False, "cache"),
        ({"status": 200, "cache": "miss"}, False, "ok"),
        ({"status": 409}, False, "refused"),
        ({"status": 429}, False, "refused"),
        ({"status": 503}, True, "refused"),
        ({"status": 503}, False, "failed"),
        ({"status": 504}, False, "failed"),
        ({"status": 0}, False, "failed"),
    ],
)
def test_the_outcome_of_a_request(record, refused, expected):
    assert outcome(record, refused=refused) == expected


def sent(outcome="ok", *, at=1000.0, seconds=0.01, retries=0):
    return Sent(at, at, at + seconds, "read", outcome, "redis", "core-1", 2, retries, None)


def test_a_second_of_the_chart_counts_what_was_due_and_what_ended():
    chart = Chart()
    for ms in range(100):
        chart.offer(1000.0)
        chart.add(sent(seconds=(ms + 1) / 1000))
    chart.add(sent("failed", seconds=0.5))

    second = chart.second(1000)

    assert (second["offered"], second["ok"], second["failed"]) == (100, 100, 1)
    assert second["p50_ms"] == pytest.approx(51, abs=1) and second["max_ms"] == 500
    assert (second["hits"], second["sql"]) == (100, 202)
    assert chart.second(1001) | {"whose": 0} == dict.fromkeys(second) | {
        **dict.fromkeys(("offered", "ok", "refused", "failed", "sql", "whose"), 0)
    }
    assert rank([], 0.5) is None


@pytest.mark.parametrize("rate", [0, 1, 40, 41, 60, 100, 400])
def test_at_most_so_many_dots_start_a_second(rate):
    assert rate / thinned_by(rate) <= MOST


def test_a_request_that_went_wrong_has_a_dot_of_its_own():
    requests = [sent() for _ in range(100)] + [sent("failed"), sent(retries=1)]

    dots = Dots().of(requests, rate=100, left="core-2")

    assert dots["k"] == 5
    assert Counter(dot.get("k") for dot in dots["list"]) == {None: 20, 1: 2}
    assert [dot["from"] for dot in dots["list"] if "k" in dot] == [None, "core-2"]


STATES = {name: ("running", number) for number, name in enumerate(TARGETS, 1)}
ROWS = {
    "core-1": Server("UP", "L7OK", 1, 10, 0),
    "core-2": Server("UP", "L7OK", 1, 10, 0),
    "core-3": Server("MAINT", "", 0, 0, 0),
}


@pytest.mark.parametrize(
    ("process", "status", "expected"),
    [
        (("running", 1), "UP", ("up", False)),
        (("running", 1), "DOWN", ("up", True)),  # it was up before
        (("running", 1), "MAINT", ("draining", False)),
        (("running", 99), "DOWN", ("starting", False)),  # a new process
        (("running", 99), "MAINT", ("starting", False)),
        (("starting", 99), "DOWN", ("starting", False)),
        (("killed", None), "UP", ("killed", True)),
        (("killed", None), "DOWN", ("killed", False)),
        (("frozen", 1), "UP", ("frozen", True)),
        (("stopped", None), "MAINT", ("stopped", False)),
        (("backoff", None), "DOWN", ("failed", False)),
        (("fatal", None), "DOWN", ("failed", False)),
        (("stopping", 1), "MAINT", ("draining", False)),
    ],
)
def test_a_box_says_what_the_process_is_and_whether_haproxy_agrees(process, status, expected):
    boxes = Boxes()
    boxes.build(DesiredState(), STATES | {"core-1": ("running", 1)}, ROWS, 1.0, {})

    found = boxes.build(
        DesiredState(),
        STATES | {"core-1": process},
        ROWS | {"core-1": ROWS["core-1"]._replace(status=status)},
        2.0,
        {},
    )

    (box,) = (box for box in found if box["name"] == "core-1")
    assert (box["state"], box["disagree"] is not None) == expected


def test_a_part_that_does_not_run_and_should_not_is_absent():
    states = STATES | {"core-3": ("stopped", None)}
    found = {b["name"]: b for b in Boxes().build(DesiredState(), states, ROWS, 1.0, {})}

    assert found["core-3"]["state"] == "absent"
    assert found.keys() == PROCESS.keys()


def test_without_an_answer_of_the_supervisor_nothing_is_claimed():
    found = Boxes().build(DesiredState(), None, None, 0.0, {})

    assert {box["state"] for box in found} == {"unknown"}
    assert {box["rate"] for box in found} == {None}


def test_statistics_with_commas_in_quotes_are_read():
    text = (
        "# pxname,svname,qcur,scur,stot,wretr,wredis,status,check_status,last_chk,"
        "req_tot,hrsp_4xx,hrsp_5xx,\n"
        "shop,FRONTEND,,3,20,,,OPEN,,,20,2,1,\n"
        'core,core-1,0,2,10,3,2,UP 1/2,L7OK,"a, b",,,,\n'
        "core_long,core-1,0,1,5,0,0,no check,,,,,,\n"
        "core,BACKEND,4,0,15,1,1,UP,,,,,,\n\n"
    )

    traffic, servers = parse_statistics(text)

    assert traffic == (20, 2, 1, 4)
    assert servers == {"core-1": Server("UP", "L7OK", 3, 15, 2)}
    with pytest.raises(ValueError):
        parse_statistics("")


def test_a_source_that_hangs_is_silent_and_asked_only_once():
    async def scene():
        calls, answer = [], asyncio.Event()

        async def read():
            calls.append(1)
            await answer.wait()
            return "value"

        source = Source(read, patience=0.05)
        assert await source.look() is None
        since = source.silent_since
        assert await source.look() is None
        assert (len(calls), source.silent_since) == (1, since) and since
        answer.set()
        assert await source.look() == "value"
        assert source.silent_since is None

    asyncio.run(scene())


def test_the_same_seed_gives_the_same_storm():
    assert storm.schedule(7, 3) == storm.schedule(7, 3) != storm.schedule(8, 3)
    faults = [fault for seed in range(50) for fault in storm.schedule(seed, 3)]
    assert {fault.name for fault in faults} <= set(TARGETS)
    assert {fault.verb for fault in faults} == {"kill", "freeze", "stop"}
    random.seed(1)
    assert storm.schedule(7, 3) == storm.schedule(7, 3)


def test_each_card_asks_about_an_experiment_and_a_chapter_that_exist():
    from lab import experiments
    from lab.stack.home import ROOT

    assert len(cards.CARDS) == 8 == len(cards.BY_ID)
    for card in cards.CARDS:
        assert (ROOT / card.chapter).exists()
        assert list((ROOT / "lab/experiments").glob(f"e{card.experiment}_*.py")), card
        for verb, name, seconds in card.steps:
            assert checked(verb, name, None) == (verb, name, None)  # on the list
            assert 0 <= seconds <= 5
        assert card.question.count("?") == 1
    assert experiments
