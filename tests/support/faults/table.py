"""The table of faults: what happens, for how long, and which errors clients may get.

For every fault the test also requires that no order is lost or doubled, no response takes 6 s,
every error is a problem document, and the audit finds nothing. docs/faults.md shows the outcomes.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.support.faults import long_tasks, machine, messages, processes

NOTHING = "nothing fails"
UNAVAILABLE = (503, 504)


class Fault(NamedTuple):
    name: str
    inject: Callable  # a context manager: inject(laptop, *targets)
    targets: tuple = ()
    lasts: float = 0  # seconds, at least
    answers: int = 100  # that clients get while it lasts, at least
    expected: str = NOTHING
    allowed: tuple = ()  # the statuses of errors that clients may get


FAULTS = [
    Fault("an instance is killed (SIGKILL of the whole tree)", processes.killed, ("core-1",)),
    Fault("an instance's Gunicorn worker is killed, 3 times", processes.child_killed, ("core-1",)),
    Fault("an instance gets SIGTERM, not drained", processes.terminated, ("core-1",)),
    Fault("an instance is frozen for 6 s (SIGSTOP)", processes.frozen, ("core-1",), lasts=6),
    Fault("three of four instances are killed at once", processes.all_but_one_killed),
    Fault("rolling restart of every service", processes.commanded, ("rolling-restart",)),
    Fault("2 instances become 5, then 2 again", processes.commanded, ("scale 5", "scale 2")),
    Fault("HAProxy is reloaded, 3 times (SIGUSR2)", processes.reloaded),
    Fault("analytics_api is killed", processes.killed, ("analytics-1",)),
    Fault("the relay is killed", processes.killed, ("relay",)),
    Fault("the recorder is killed", processes.killed, ("recorder-1",)),
    Fault("the worker is killed in the middle of an import", long_tasks.worker_killed_in_an_import),
    Fault("a task that always kills its worker", long_tasks.poison_task),
    Fault("a task takes longer than it may", long_tasks.task_over_its_limit),
    Fault("malformed messages on every queue", messages.malformed_messages),
    Fault("events come twice and in the wrong order", messages.events_doubled_and_reversed),
    Fault("two relays work at once", messages.two_relays),
    Fault("the cache is killed", processes.killed, ("cache",)),
    Fault("the cache hangs for 4 s", processes.frozen, ("cache",), lasts=4, answers=40),
    Fault("the cache is flushed", processes.flushed, ("cache",)),
    Fault(
        "the cache refuses writes for 6 s",
        processes.writes_refused,
        ("cache",),
        lasts=6,
        answers=40,
    ),
    Fault("the broker is killed for 20 s", processes.killed, ("broker",), lasts=20),
    Fault("the broker hangs for 8 s", processes.frozen, ("broker",), lasts=8),
    Fault("the broker is flushed until it lost 20 messages", processes.flushed_while_full),
    Fault("the broker's files are damaged while it is down", machine.broker_files_damaged),
    Fault("the broker refuses writes for 8 s (READONLY)", machine.broker_read_only, lasts=8),
    Fault("the supervisor is frozen, and every log grows", machine.supervisor_frozen, lasts=4),
    Fault(
        "Postgres is killed for 4 s",
        processes.killed,
        ("postgres",),
        lasts=4,
        answers=40,
        expected="at most 503 and 504 until it is back",
        allowed=UNAVAILABLE,
    ),
    Fault(
        "Postgres hangs for 4 s",
        processes.frozen,
        ("postgres",),
        lasts=4,
        answers=0,
        expected="at most 503 and 504 until it continues",
        allowed=UNAVAILABLE,
    ),
]
