"""AUDIT: every invariant of the design, in both databases and between them; each violation is named."""

import json
import time

from lab import commands, console, outbox, wanted
from lab.failures import Failure
from lab.scale import alive

COMMANDS = (("analytics", "audit", "--json"), ("core", "audit", "--json"))


def audit(home):
    """{ok, violations}: what each service found in its own database, and where the two disagree."""
    alive(home)
    violations = []
    with console.step("outbox drained"):
        try:
            outbox.wait_drained(home)
        except Failure as failure:
            violations.append(f"the outbox does not drain: {failure.what}")
    analytics, core = _ask(home)
    differences = compare(core["events"], analytics["events"])
    if differences:
        # Orders may arrive between the two questions: only a difference that stays is one.
        time.sleep(2)
        analytics, core = _ask(home)
        still = compare(core["events"], analytics["events"])
        differences = [difference for difference in differences if difference in still]
    violations += [f"core: {text}" for text in core["violations"]]
    violations += [f"analytics: {text}" for text in analytics["violations"]]
    return {"ok": not violations + differences, "violations": violations + differences}


def compare(events, facts):
    """What is wrong between core's events and analytics' facts, both {event id: [units, money]}."""
    wrong = [f"event {event} has no fact in analytics" for event in events if event not in facts]
    wrong += [
        f"analytics has facts of {event}, an event that core does not know"
        for event in facts
        if event not in events
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
        [f"{len(document['violations'])} violations", *(f"  {text}" for text in document["violations"])]
    )
