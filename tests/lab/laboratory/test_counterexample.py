"""The requests around the first one that went wrong: recorded, and shown by the report."""

import datetime
import io
import json
import time

import pytest

from lab.analysis import records
from lab.analysis.conditions import at_most
from lab.analysis.verdict import Judgement
from lab.experiments import (
    e0_staircase,
    e1a_waiting,
    e1d_new_service,
    e2b_failover,
    e2c_retried_writes,
    e4a_any_instance,
    e4b_issuer_dies,
    e4c_revocation,
    e5e_overload,
)
from lab.laboratory import attempts, counterexample, report, run
from lab.laboratory.results import Result
from lab.stack.tracing.rows import Rows
from tests.support.made import Made, requests

MADE = "d0269b53-f005-4d32-91fb-f2fb40357d2e"
SAFE = {"configuration": "retries and key"}


def phase_of(made, events=(), labels=SAFE):
    writer = records.Writer(io.StringIO())
    return writer.phase(labels, (20, 4, 0), made, list(events))


def orders(**changed):
    """Eighty requests with ids and keys; `changed` are {number: fields} of some."""
    made = requests(20, 4, 30, kind="order")
    for number, each in enumerate(made):
        each |= {"id": f"{number:08}-0000-4000-8000-000000000000", "note": f"key-{number}"}
        each |= changed.get(str(number), {})
        if not each["status"]:
            del each["id"]
    return made


def log_of(home, made, zero, **retried):
    """HAProxy's log of these requests, which sent the `retried` again."""
    clock = time.time() - time.monotonic() + zero
    for number, each in enumerate(made):
        id = each.get("id", f"ffffffff-{number:04}-4000-8000-000000000000")
        retries = retried.get(str(number), "0")
        took, ended = round((each["end"] - each["start"]) * 1000), clock + each["end"]
        with open(home.log("haproxy"), "a") as log:
            log.write(
                f"{id} 127.0.0.1 POST /api/orders/ {each['status'] or -1} 9 from=core/core-2"
                f" wait=0 connect=0 answer=9 total={took} retries={retries} end=--"
                f" at={ended * 1000:.0f} made=- timing=-\n"
            )


@pytest.fixture
def rows(monkeypatch):
    """The rows that the database is made to have."""
    found = []
    monkeypatch.setattr(Rows, "orders_by_key", lambda self, keys: found)
    return found


def recorded(home, made, zero=100.0, **retried):
    log_of(home, made, zero, **retried)
    return attempts.around_first_failure(home, phase_of(made), 0, zero)


def test_a_phase_without_trouble_records_nothing(home, rows):
    assert recorded(home, orders()) is None


@pytest.mark.parametrize(
    ("number", "expected"), [(40, range(35, 46)), (2, range(8)), (79, range(74, 80))]
)
def test_only_the_five_requests_before_and_after_are_recorded(home, rows, number, expected):
    fact = recorded(home, orders(**{str(number): {"status": 503}}))

    assert (fact["why"], fact["first"]) == ("failed", number)
    assert [each["number"] for each in fact["requests"]] == list(expected)
    assert all(each["attempt"]["instance"] == "core-2" for each in fact["requests"])
    assert len(json.dumps(fact)) < 8000


def test_a_request_without_an_answer_is_found_in_the_log_by_its_time(home, rows):
    made = orders(**{"40": {"status": 0, "error": "TimeoutError", "end": 3.5}})

    fact = recorded(home, made)

    (found,) = (each for each in fact["requests"] if each["number"] == 40)
    assert found["attempt"]["status"] == -1
    assert found["attempt"]["began"] == pytest.approx(made[40]["start"], abs=0.02)


def test_lines_of_an_earlier_phase_are_not_those_of_this_one(home, rows):
    made = orders(**{"40": {"status": 503}})
    log_of(home, made, 100.0)

    phase, position = phase_of(made), home.log("haproxy").stat().st_size
    fact = attempts.around_first_failure(home, phase, position, 100.0)

    assert {each["attempt"] and "a line" for each in fact["requests"]} == {None}


def test_without_a_failure_it_is_about_the_first_one_that_was_sent_again(home, rows):
    moment = datetime.datetime.fromtimestamp(time.time() - time.monotonic() + 103, datetime.UTC)
    rows += [{"key": "key-50", "id": MADE, "served_by": "core-2", "created_at": moment}] * 2

    fact = recorded(home, orders(), **{"50": "+1", "60": "2"})

    assert (fact["why"], fact["first"]) == ("sent again", 50)
    (found,) = (each for each in fact["requests"] if each["number"] == 50)
    assert (found["attempt"]["attempts"], found["attempt"]["redispatched"]) == (2, True)
    assert [row["at"] for row in found["rows"]] == pytest.approx([3, 3], abs=0.01)


def result(fact, made, *, count, labels=SAFE, experiment=e2c_retried_writes, events=(), doubts=()):
    """An experiment with one phase and this fact; its condition is broken by a `count`."""
    built = Made(experiment)
    built.writer.phase(labels, (20, 4, 0), made, list(events))
    built.fact("attempts", phase=0, **fact)
    condition = at_most("orders lost", count, 0, "orders")
    return Result(experiment, built.read(), Judgement((condition,), "", {}, doubts=doubts), 1.0)


OTHER = {"configuration": "key, no retries"}
RETRIED = {"step": "+ retries"}
FAULT = {"what": "kill core-3", "at": 2.5}
EARLY = {"what": "kill core-3", "at": 0.5}


@pytest.mark.parametrize(
    ("why", "more", "is_shown"),
    [
        ("failed", {"count": 0}, True),  # also when a condition lets a few fail
        ("failed", {"count": 1}, True),
        ("sent again", {"count": 1}, True),
        ("sent again", {"count": 0}, False),
        ("failed", {"count": 1, "labels": OTHER, "events": [EARLY]}, False),  # as it should
        ("failed", {"count": 0, "labels": OTHER, "events": [FAULT], "doubts": ("x",)}, True),
        *(
            ("failed", {"count": 1, "experiment": experiment, "labels": labels}, is_shown)
            for experiment, labels, is_shown in (
                (e0_staircase, {"step": "5 tasks, events", "part": "death"}, True),
                (e0_staircase, {"step": "monolith", "part": "probe"}, False),
                (e0_staircase, {"step": "5 tasks, events", "part": "load"}, False),
                (e1a_waiting, {"instances": 4}, False),
                (e1d_new_service, {"situation": "killed"}, True),
                (e1d_new_service, {"situation": e1d_new_service.DIRECT}, False),
                (e4a_any_instance, {}, True),
                (e4b_issuer_dies, {"side": "tokens"}, True),
                (e4b_issuer_dies, {"side": "logins in memory"}, False),
                (e4c_revocation, {}, False),
                (e5e_overload, {"side": "limits"}, False),
            )
        ),
        # Its reads were sent again, as they should be.
        ("sent again", {"count": 1, "experiment": e2b_failover, "labels": RETRIED}, False),
    ],
    ids=str,
)
def test_a_counterexample_is_shown_where_something_went_wrong(home, rows, why, more, is_shown):
    made = orders(**({"40": {"status": 503}} if why == "failed" else {}))
    for each in made if more.get("experiment") == e2b_failover else ():
        each["kind"] = "read"
    fact = recorded(home, made, **{"40": "+1"})

    found = counterexample.of(result(fact, made, **more))

    assert bool(found) == is_shown


def test_it_says_what_each_part_knows_and_when_the_fault_was(home, rows):
    made = orders(**{"40": {"status": 504, "end": 3.0}, "41": {"queries": 11, "db_ms": 4.4}})
    fact = recorded(home, made, **{"40": "+4"})

    found = counterexample.of(result(fact, made, count=1, events=[{"what": "kill x", "at": 2.1}]))

    lines = found["lines"]
    (failed,) = (line for line in lines if not line["event"] and line["failed"])
    assert failed["first"] and "504 after 1000 ms" in failed["client"]
    assert failed["haproxy"] == "sent 5 times, last to core-2, another instance"
    assert (failed["instance"], failed["rows"]) == ("no answer of its own", "no order")
    assert any("11 SQL in 4 ms" in line.get("instance", "") for line in lines)
    assert [line["event"] for line in lines if line["event"]] == ["kill x"]
    assert found["faults"] == [pytest.approx(100 * (2.1 - 1.75) / 1.25, abs=0.1)]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


@pytest.mark.parametrize(
    ("changed", "id"),
    [
        ({"status": 503}, "00000040-0000-4000-8000-000000000000"),
        ({"status": 0, "error": "TimeoutError"}, "ffffffff-0040-4000-8000-000000000000"),
    ],
)
def test_it_has_the_id_that_trace_takes(home, rows, run_of, changed, id):
    made = orders(**{"40": changed})
    built = result(recorded(home, made), made, count=1)

    assert counterexample.of(built)["trace"] == id
    kept = {"home": "/a-home", "front": "http://127.0.0.1:9", "trace": id}
    assert f"  ESCALA_HOME=/a-home ./escala trace {id}" in run.kept_as_text(kept)
    assert f"trace {id}</code>" in report.as_html(run_of({e2c_retried_writes: built.records}))


def test_the_report_has_the_timeline_and_it_is_text(home, rows, run_of):
    made = orders(**{"40": {"status": 0, "error": "<script>"}})
    fact = recorded(home, made)
    built = result(fact, made, count=1, events=[EARLY])

    html = report.as_html(run_of({e2c_retried_writes: built.records}))

    assert "Around the first request that failed" in html
    assert "kill core-3" in html and "no answer (&lt;script&gt;)" in html


@pytest.mark.parametrize(
    ("experiment", "labels", "sentence"),
    [
        (e2c_retried_writes, SAFE, "<p>In the phase with configuration: retries and key. Times"),
        (e4a_any_instance, {}, "<p>Times are"),
    ],
)
def test_a_timeline_names_its_phase_where_that_has_labels(
    home, rows, run_of, experiment, labels, sentence
):
    made = orders(**{"40": {"status": 503}})
    built = result(recorded(home, made), made, count=1, experiment=experiment, labels=labels)

    assert sentence in report.as_html(run_of({experiment: built.records}))
