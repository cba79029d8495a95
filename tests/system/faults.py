"""The table of faults: what strikes, for how long, and what clients may see of it. docs/faults.md
shows the outcomes.

Always, and said nowhere again: nothing is lost, nothing is doubled, no answer takes 6 s, every
error is a problem document, and the audit finds nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.system import long_tasks, messages, strikes

NOTHING = "nothing fails"
UNAVAILABLE = (503, 504)


class Fault(NamedTuple):
    name: str
    strike: Callable  # a context manager: strike(laptop, *targets)
    targets: tuple = ()
    lasts: float = 0  # seconds, at least
    answers: int = 100  # that come while it lasts, at least
    expected: str = NOTHING
    allowed: tuple = ()  # statuses of errors that clients may get


FAULTS = [
    Fault("an instance is killed (SIGKILL of the whole tree)", strikes.killed, ("core-1",)),
    Fault("an instance's Gunicorn worker is killed, 3 times", strikes.child_killed, ("core-1",)),
    Fault("an instance gets SIGTERM, not drained", strikes.terminated, ("core-1",)),
    Fault("an instance is frozen for 6 s (SIGSTOP)", strikes.frozen, ("core-1",), lasts=6),
    Fault("three of four instances are killed at once", strikes.all_but_one_killed),
    Fault("rolling restart of every service", strikes.commanded, ("rolling-restart",)),
    Fault("2 instances become 5, then 2 again", strikes.commanded, ("scale 5", "scale 2")),
    Fault("HAProxy is reloaded, 3 times (SIGUSR2)", strikes.reloaded),
    Fault("analytics_api is killed", strikes.killed, ("analytics-1",)),
    Fault("the relay is killed", strikes.killed, ("relay",)),
    Fault("the recorder is killed", strikes.killed, ("recorder-1",)),
    Fault("the worker is killed in the middle of an import", long_tasks.worker_killed_in_an_import),
    Fault("a poison task: its process dies at every attempt", long_tasks.poison_task),
    Fault("a task takes longer than it may", long_tasks.task_over_its_limit),
    Fault("malformed messages on every queue", messages.malformed_messages),
    Fault("events come twice and in the wrong order", messages.events_doubled_and_reversed),
    Fault("two relays work at once", messages.two_relays),
    Fault("the cache is killed", strikes.killed, ("cache",)),
    Fault("the cache hangs for 4 s", strikes.frozen, ("cache",), lasts=4, answers=40),
    Fault("the cache is flushed", strikes.flushed, ("cache",)),
    Fault("the broker is killed for 20 s", strikes.killed, ("broker",), lasts=20),
    Fault("the broker hangs for 8 s", strikes.frozen, ("broker",), lasts=8),
    Fault("the broker is flushed until it lost 20 messages", strikes.flushed_while_full),
    Fault(
        "Postgres is killed for 4 s",
        strikes.killed,
        ("postgres",),
        lasts=4,
        answers=40,
        expected="at most 503 and 504 until it is back",
        allowed=UNAVAILABLE,
    ),
    Fault(
        "Postgres hangs for 4 s",
        strikes.frozen,
        ("postgres",),
        lasts=4,
        answers=0,
        expected="at most 503 and 504 until it wakes",
        allowed=UNAVAILABLE,
    ),
]
