"""AUDIT: every invariant of the design, in both databases and between them; each violation is
named."""

import json
import time
from typing import NamedTuple

from lab import console
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import credentials, desired, manage, postgres
from lab.stack.scale import running_supervisor

COMMANDS = (("analytics", "audit", "--json"), ("core", "audit", "--json"))


def audit(home):
    """{ok, violations}: what each service found in its own database, and where the two disagree.

    Work under way is waited for first. With ANALYTICS=off events stay in the outbox by the
    operator's own choice: then only what analytics has already is compared.
    """
    running_supervisor(home)
    delivered = desired.load(home).levers["ANALYTICS"] == "events"
    violations = [*_unfinished(home, JOBS, "every job done or failed")]
    if delivered:
        violations += _unfinished(home, EVENTS, "analytics has every event")
    else:
        console.say("  ANALYTICS=off: events that wait in the outbox are not missed")
    core, analytics, differences = _compared(home, delivered)
    if differences:
        # Orders may arrive between the two questions: only a difference that stays is one.
        time.sleep(2)
        core, analytics, still = _compared(home, delivered)
        differences = [difference for difference in differences if difference in still]
    violations += [f"core: {text}" for text in core["violations"]]
    violations += [f"analytics: {text}" for text in analytics["violations"]]
    return {"ok": not violations + differences, "violations": violations + differences}


def _unfinished(home, work, wanted_state):
    try:
        with console.step(wanted_state):
            wait_finished(home, work)
    except Failure as failure:
        yield failure.what


def _compared(home, delivered):
    analytics, core = _ask(home)
    events = core["events"]
    if not delivered:
        events = {
            event: figures for event, figures in events.items() if event in analytics["events"]
        }
    return core, analytics, compare(events, analytics["events"], known=core["events"])


def compare(events, facts, known=None):
    """What is wrong between core's events and analytics' facts, both {event id: [units, money]}.

    `known` are all events of core, when `events` are only those that should have arrived.
    """
    wrong = [f"event {event} has no fact in analytics" for event in events if event not in facts]
    wrong += [
        f"analytics has facts of {event}, an event that core does not know"
        for event in facts
        if event not in (known or events)
    ]
    for event in events:
        if event in facts and facts[event] != events[event]:
            (units, money), (other_units, other_money) = events[event], facts[event]
            wrong.append(
                f"event {event}: core says {units} units for {money}, analytics {other_units} for {other_money}"
            )
    return wrong


def _ask(home):
    return [json.loads(output) for output in manage.manage(home, desired.load(home), *COMMANDS)]


def as_text(document):
    if document["ok"]:
        return "every invariant holds"
    return "\n".join(
        [
            f"{len(document['violations'])} violations",
            *(f"  {text}" for text in document["violations"]),
        ]
    )


class Work(NamedTuple):
    """Something that the system must bring to an end: how much of it is left, in what words, and
    whom to ask."""

    left: str  # a query; takes the moment (seconds since 1970) until which work counts
    words: str
    advice: str


EVENTS = Work(
    "SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL AND created <= to_timestamp(%s)",
    "{left:,} events have not reached analytics",
    "./escala logs relay; ./escala logs recorder-1",
)
JOBS = Work(
    "SELECT coalesce(sum(101 - progress), 0) FROM jobs_job"
    " WHERE state IN ('queued', 'running') AND created_at <= to_timestamp(%s)",
    "accepted jobs are neither done nor failed",
    "./escala status; ./escala logs worker-1",
)


def wait_finished(home, work, *, patience=60):
    """Returns when all work accepted until now is done; fails when `patience` seconds bring no
    progress.

    Progress and not a deadline: how long thousands of events take depends on the machine.
    """
    now, told = time.time(), time.monotonic()
    password = credentials.load(home)["CORE_DATABASE_PASSWORD"]
    with postgres.connect(home.port("postgres"), "core", password) as connection:

        def left():
            return connection.execute(work.left, [now]).fetchone()[0]

        before = left()
        while before:
            if not wait_until(lambda limit=before: left() < limit, seconds=patience, every=0.5):
                words = work.words.format(left=before)
                raise Failure(f"{words}, and there was no progress for {patience} s", work.advice)
            before = left()
            if before and time.monotonic() - told > 5:
                told = time.monotonic()
                console.say(f"  ... {work.words.format(left=before)} yet")
