"""One request, order or job as a timeline, joined from the logs and rows of a system.

HAProxy's line has the request's id and the address of what it made. The order has the id of its
event. The relay names its messages after the event or the job, so worker and recorder log that.
"""

import datetime
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from lab.errors import Failure, WrongUsage
from lab.stack import desired
from lab.stack.home import Home
from lab.stack.tracing import haproxy_log
from lab.stack.tracing.haproxy_log import Exchange
from lab.stack.tracing.rows import Row, Rows

ID = re.compile(r"[A-Za-z0-9-]{8,64}")
MADE = re.compile(r"/api/(?:orders|jobs)/([0-9a-f-]{36})/")
# time, level, process, request id, logger: message. Django's processes log in UTC.
LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \w+ (\S+) (\S+) \S+: (.*)")
UUID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
WIDTH = 80


class Entry(NamedTuple):
    """What one part did at one time (Unix time)."""

    at: float
    part: str
    what: str


def trace(home: Home, given: str) -> dict[str, Any]:
    """Return {id, taken_for, requests, order, job, timeline, notes}; Failure when it is unknown.

    `taken_for` are the kinds of all that has this id: request, order, event, job. WrongUsage when
    it cannot be an id.
    """
    if not ID.fullmatch(given):
        shown = given if len(given) <= 40 else given[:40] + "..."
        raise WrongUsage(
            f"{shown!r} is no id: an id has 8 to 64 letters, digits and dashes",
            "a response has its request's id in X-Request-ID, and the order's or job's in `id`",
        )
    if not home.logs.exists():
        raise Failure(f"there is no system in {home.folder}", "./escala up")
    return _found(home, given.lower() if re.fullmatch("[0-9A-Fa-f-]{36}", given) else given)


def _found(home: Home, id: str) -> dict[str, Any]:
    rows, all_exchanges = Rows(home), list(haproxy_log.exchanges(home.log("haproxy")))
    requests = [each for each in all_exchanges if each.id == id]
    kinds = ["request"] * bool(requests)
    made = next(filter(None, map(_name_of_made, requests)), id)
    order, job = rows.order(made), rows.job(made)
    if made == id:
        kinds += ["event" if order["id"] != id else "order"] if order else []
        kinds += ["job"] * bool(job)
    names = {row["id"] for row in (order, job) if row}
    requests += [
        each
        for each in all_exchanges
        if kinds != ["request"] and each not in requests and _name_of_made(each) in names
    ]
    wanted = {id, *names, *(each.id for each in requests), *([order["event"]] if order else [])}
    lines = list(_log_entries(home, wanted))
    if not (kinds or lines):
        unread = f" ({rows.unread[0]})" if rows.unread else ""
        raise Failure(
            f"no log and no row names {id}{unread}",
            "check the id; old log lines are removed when a log is full: see ./escala logs haproxy",
        )
    entries = [entry for each in requests for entry in _exchange_entries(each)]
    facts = rows.facts(order["event"]) if order else None
    entries += [*lines, *_order_entries(order, facts), *_job_entries(job)]
    return {
        "id": id,
        "taken_for": kinds or ["a name in the logs"],
        "requests": [each._asdict() for each in requests],
        "order": _as_json(order),
        "job": _as_json(job),
        "timeline": [
            entry._asdict() | {"at": _moment(entry.at).isoformat()}
            for entry in sorted(entries, key=lambda entry: entry.at)
        ],
        "notes": [*rows.unread, *_notes(requests, order, job, facts)],
    }


def _name_of_made(exchange: Exchange) -> str | None:
    found = MADE.match(exchange.made)
    return found and found[1]


def _exchange_entries(exchange: Exchange) -> Iterator[Entry]:
    yield Entry(exchange.began, "haproxy", f"{exchange.method} {exchange.path} arrives")
    if exchange.reached and exchange.app_ms is not None:
        sql = f"{exchange.queries} SQL statements took {exchange.db_ms:.1f} ms of it"
        what = f"works for {exchange.app_ms:.1f} ms; {sql}"
        yield Entry(exchange.reached, exchange.instance, what)
    yield Entry(exchange.ended, "haproxy", answer_of(exchange))


def answer_of(exchange: Exchange) -> str:
    """Return in words how a request ended, and after how many attempts."""
    took = f"after {(exchange.ended - exchange.began) * 1000:.0f} ms"
    end = "" if exchange.end == "--" else f" (HAProxy's end state: {exchange.end})"
    words = f"{exchange.status} {took}{end}" if exchange.status > 0 else f"no answer {took}{end}"
    if not exchange.attempts:
        return f"{words}, without an instance"
    if not exchange.retries:
        return f"{words}, from {exchange.instance}"
    other = ", another one than the first" if exchange.redispatched else ""
    return f"{words}, from {exchange.instance} at attempt {exchange.attempts}{other}"


def _log_entries(home: Home, wanted: set[str]) -> Iterator[Entry]:
    """The lines of the logs that name one of these ids, without those of HAProxy."""
    names = [name for name in desired.all_names() if name in home_logs(home) - {"haproxy"}]
    for name in names:
        for line in haproxy_log.lines_of(home.log(name)):
            if any(id in line for id in wanted) and (found := LINE.match(line)):
                moment = datetime.datetime.fromisoformat(found[1].replace(",", ".") + "+00:00")
                yield Entry(moment.timestamp(), found[2], f"log: {found[4]}")


def home_logs(home: Home) -> set[str]:
    """Return the names of the processes that have a log."""
    return {path.name.partition(".log")[0] for path in home.logs.glob("*.log*")}


def _order_entries(order: Row | None, facts: Row | None) -> Iterator[Entry]:
    if not order:
        return
    what = f"row: order of {order['total']} placed by {order['served_by']}"
    yield Entry(order["created_at"].timestamp(), "postgres", what)
    if facts:
        what = f"row: event recorded in analytics, as facts: {facts['facts']}"
        yield Entry(facts["recorded_at"].timestamp(), "postgres", what)
    if order["acknowledged"]:
        yield Entry(order["acknowledged"].timestamp(), "postgres", "row: event acknowledged")


def _job_entries(job: Row | None) -> Iterator[Entry]:
    if not job:
        return
    yield Entry(job["created_at"].timestamp(), "postgres", f"row: {job['kind']} queued")
    if job["finished_at"]:
        error = f": {job['error']}" if job["error"] else ""
        what = f"row: {job['state']}, attempts: {job['attempts']}{error}"
        yield Entry(job["finished_at"].timestamp(), "postgres", what)


def _notes(
    requests: list[Exchange], order: Row | None, job: Row | None, facts: Row | None
) -> Iterator[str]:
    if not requests:
        yield "HAProxy's log names no request for it: unanswered, or its line was removed"
    if order and not facts:
        yield "analytics has not recorded the event: ./escala logs relay; logs recorder-1"
    if order and not order["acknowledged"] and not order["pruned"]:
        yield "the event waits in the outbox until analytics acknowledges it"
    if job and not job["finished_at"]:
        yield f"the job is {job['state']}, {job['progress']} %: ./escala logs worker-1"


def _moment(at: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, datetime.UTC)


def _as_json(row: Row | None) -> Row | None:
    return row and {
        name: value.isoformat() if isinstance(value, datetime.datetime) else value
        for name, value in row.items()
    }


def as_text(document: dict[str, Any]) -> str:
    """Return the timeline as text for a person, at most 80 columns wide."""
    lines = [f"{document['id']} is taken for: {', '.join(document['taken_for'])}"]
    lines += [f"request  {each['id']}" for each in document["requests"]]
    order, job = document["order"], document["job"]
    lines += [f"order    {order['id']}", f"event    {order['event']}"] if order else []
    lines += [f"job      {job['id']}"] if job else []
    lines += ["", *_timeline(document["timeline"]), ""]
    for note in document["notes"]:
        lines += textwrap.wrap(note, WIDTH, initial_indent="note     ", subsequent_indent=" " * 9)
    return "\n".join(lines).rstrip()


def _timeline(entries: Iterable[dict[str, str]]) -> Iterator[str]:
    first = None
    for entry in entries:
        moment = datetime.datetime.fromisoformat(entry["at"])
        if first is None:
            first = moment
            yield f"{'ms':>10}  since {moment:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"
        after = (moment - first).total_seconds() * 1000
        head = f"{after:>+10,.0f}  {entry['part']:<12}"
        what = UUID.sub(r"\1", entry["what"])  # the head has the whole ids
        yield from textwrap.wrap(
            what, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)
        )
