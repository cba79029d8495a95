"""AUDIT: every invariant of the design, in both databases and between them; each violation is
named."""

import json
import time

from lab import commands, console, unfinished, wanted
from lab.failures import Failure
from lab.scale import alive

COMMANDS = (("analytics", "audit", "--json"), ("core", "audit", "--json"))


def audit(home):
    """{ok, violations}: what each service found in its own database, and where the two disagree.

    Work under way is waited for first. With ANALYTICS=off events stay in the outbox by the
    operator's own choice: then only what analytics has already is compared.
    """
    alive(home)
    delivered = wanted.load(home).levers["ANALYTICS"] == "events"
    violations = [*_unfinished(home, unfinished.JOBS, "every job done or failed")]
    if delivered:
        violations += _unfinished(home, unfinished.EVENTS, "analytics has every event")
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
            unfinished.wait_finished(home, work)
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
    return [json.loads(output) for output in commands.manage(home, wanted.load(home), *COMMANDS)]


def as_text(document):
    if document["ok"]:
        return "every invariant holds"
    return "\n".join(
        [
            f"{len(document['violations'])} violations",
            *(f"  {text}" for text in document["violations"]),
        ]
    )
