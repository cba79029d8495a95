"""The audit: check every invariant in both databases and between them, and wait for work to end."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lab import console
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import credentials, desired, manage, postgres
from lab.stack.home import Home
from lab.stack.scale import running_supervisor

COMMANDS = (("analytics", "audit", "--json"), ("core", "audit", "--json"))

# {event id: [units, money]}: as core recorded them, or as analytics counted them
Events = dict[str, Sequence]
Units = dict[str, dict[str, int]]  # {event id: {sku: units}}


class Work(NamedTuple):
    """A kind of work that the system must finish, and how to see how much of it is left."""

    left: str  # a query; its parameter is a Unix time: only work accepted until then counts
    description: str
    advice: str


# A row of the future was written before the clock was set back.
EVENTS = Work(
    "SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL"
    " AND (created <= to_timestamp(%s) OR created > now() + interval '5 seconds')",
    "{left:,} events have not reached analytics",
    "./escala logs relay; ./escala logs recorder-1",
)
# Progress is in percent, so a long job that advances counts as progress too.
JOBS = Work(
    "SELECT coalesce(sum(101 - progress), 0) FROM jobs_job WHERE state IN ('queued', 'running')"
    " AND (created_at <= to_timestamp(%s) OR created_at > now() + interval '5 seconds')",
    "accepted jobs are neither done nor failed",
    "./escala status; ./escala logs worker-1",
)


def audit(home: Home) -> dict[str, Any]:
    """Return {ok, violations}: those inside each database, and where the two databases differ.

    First wait for work that is under way. With ANALYTICS=off the operator chose to leave events in
    the outbox: then compare only the events that analytics already has.
    """
    running_supervisor(home)
    delivered = desired.load(home).levers["ANALYTICS"] == "events"
    violations = [*_unfinished(home, JOBS, "every job done or failed")]
    if delivered:
        violations += _unfinished(home, EVENTS, "analytics has every event")
    else:
        console.say("  ANALYTICS=off: events that wait in the outbox are no violation")
    core, analytics, differences = _audit_services(home, delivered)
    if differences and not violations:
        # Orders may have been placed since, and their events still be on their way. Once those
        # have arrived, only a difference that stays is a violation.
        if delivered:
            violations += _unfinished(home, EVENTS, "analytics has the orders placed meanwhile")
        core, analytics, still = _audit_services(home, delivered)
        differences = [difference for difference in differences if difference in still]
    violations += [f"core: {text}" for text in core["violations"]]
    violations += [f"analytics: {text}" for text in analytics["violations"]]
    return {"ok": not violations + differences, "violations": violations + differences}


def compare(events: Events, facts: Events, known: Events | None = None) -> list[str]:
    """Return the differences between the events of core and the facts of analytics.

    `known` are all events of core, when `events` are only those that should have arrived.
    """
    differences = [
        f"event {event} has no fact in analytics" for event in events if event not in facts
    ]
    differences += [
        f"analytics has facts of event {event}, which core does not have"
        for event in facts
        if event not in (known or events)
    ]
    for event in events:
        if event in facts and facts[event] != events[event]:
            (units, money), (other_units, other_money) = events[event], facts[event]
            differences.append(
                f"event {event}: core has {units} units for {money},"
                f" analytics has {other_units} for {other_money}"
            )
    return differences


def compare_units(sold: Units, counted: Units) -> list[str]:
    """Return the differences per product, in events that both services have."""
    return [
        f"event {event}: core has {sold[event].get(sku, 0)} units of {sku},"
        f" analytics has {counted[event].get(sku, 0)}"
        for event in sold
        if event in counted
        for sku in sorted(sold[event].keys() | counted[event].keys())
        if sold[event].get(sku) != counted[event].get(sku)
    ]


def as_text(document: dict[str, Any]) -> str:
    """Return the result of an audit as text for a person."""
    if document["ok"]:
        return "no violations: every invariant holds"
    violations = document["violations"]
    return "\n".join([f"violations: {len(violations)}", *(f"  {text}" for text in violations)])


def wait_finished(home: Home, work: Work, *, patience: float = 60) -> None:
    """Wait until all work accepted before this call is done.

    Raise Failure when there is no progress for `patience` seconds. There is no deadline for the
    whole, because how long thousands of events take depends on the machine.
    """
    now, reported = time.time(), time.monotonic()
    password = credentials.load(home)["CORE_DATABASE_PASSWORD"]
    with postgres.connect(home.port("postgres"), "core", password) as connection:

        def left() -> int:
            [(count,)] = connection.execute(work.left, [now])
            return count

        def has_progressed() -> bool:
            return left() < before

        before = left()
        while before:
            if not wait_until(has_progressed, seconds=patience, every=0.5):
                description = work.description.format(left=before)
                raise Failure(f"{description}; no progress for {patience} s", work.advice)
            before = left()
            if before and time.monotonic() - reported > 5:
                reported = time.monotonic()
                console.say(f"  ... {work.description.format(left=before)} yet")


def _unfinished(home: Home, work: Work, goal: str) -> Iterator[str]:
    try:
        with console.step(goal):
            wait_finished(home, work)
    except Failure as failure:
        yield failure.what


def _audit_services(home: Home, delivered: bool) -> tuple[dict, dict, list[str]]:
    outputs = manage.manage(home, desired.load(home), *COMMANDS)
    analytics, core = (json.loads(output) for output in outputs)
    events = core["events"]
    if not delivered:
        events = {
            event: figures for event, figures in events.items() if event in analytics["events"]
        }
    differences = compare(events, analytics["events"], known=core["events"])
    return core, analytics, differences + compare_units(core["units"], analytics["units"])
