"""The table of faults: what happens, for how long, and which errors clients may get.

For every fault the test also requires that no order is lost or doubled, no response takes 6 s,
every error is a problem document, every body is true, and the audit finds nothing. docs/faults.md
shows the outcomes.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.support.faults import long_tasks, machine, messages, processes
from tests.support.faults.pairs import EVERYTHING, both
from tests.support.shoppers import CLIENTS, PAUSE

NOTHING = "nothing fails"
UNAVAILABLE = (503, 504)
ALONE = (EVERYTHING,)
MESSAGING = ("worker-1", "recorder-1", "relay", "broker", "postgres")
NEAR_LAG = 0.5  # seconds; promised are 0.1, but not for a busy machine


class Fault(NamedTuple):
    name: str
    inject: Callable  # a context manager: inject(laptop, *targets)
    targets: tuple = ()  # the processes it strikes, or the commands of an operator
    needs: tuple = ()  # other processes that it strikes, or that must work for it to be judged
    lasts: float = 0  # seconds, at least
    answers: int = 100  # that clients get while it lasts, at least
    expected: str = NOTHING
    allowed: tuple = ()  # the statuses of errors that clients may get
    clients: int = CLIENTS
    pause: float = PAUSE  # seconds between an answer and the client's next request
    cached_reads: int = 0  # at least so many reads of cached products are answered meanwhile
    lag: float = 0  # seconds until a new price must be seen


SINGLE = [
    Fault("an instance is killed (SIGKILL of the whole tree)", processes.killed, ("core-1",)),
    Fault("an instance's Gunicorn worker is killed, 3 times", processes.child_killed, ("core-1",)),
    Fault("an instance gets SIGTERM, not drained", processes.terminated, ("core-1",)),
    Fault("an instance is frozen for 6 s (SIGSTOP)", processes.frozen, ("core-1",), lasts=6),
    Fault("three of four instances are killed at once", processes.all_but_one_killed, needs=ALONE),
    Fault("rolling restart of every service", processes.commanded, ("rolling-restart",), ALONE),
    Fault("2 instances become 5, then 2 again", processes.commanded, ("scale 5", "scale 2"), ALONE),
    Fault("HAProxy is reloaded, 3 times (SIGUSR2)", processes.reloaded, needs=("haproxy",)),
    Fault("analytics_api is killed", processes.killed, ("analytics-1",)),
    Fault("the relay is killed", processes.killed, ("relay",)),
    Fault("the recorder is killed", processes.killed, ("recorder-1",)),
    Fault(
        "the worker is killed in the middle of an import",
        long_tasks.worker_killed_in_an_import,
        needs=("worker-1",),
    ),
    Fault("a task that always kills its worker", long_tasks.poison_task, needs=MESSAGING),
    Fault("a task takes longer than it may", long_tasks.task_over_its_limit, needs=MESSAGING),
    Fault("malformed messages on every queue", messages.malformed_messages, needs=MESSAGING),
    Fault(
        "events come twice and in the wrong order",
        messages.events_doubled_and_reversed,
        needs=MESSAGING,
    ),
    Fault("two relays work at once", messages.two_relays, needs=MESSAGING),
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
    Fault(
        "the broker is flushed until it lost 20 messages",
        processes.flushed_while_full,
        needs=MESSAGING,
    ),
    Fault(
        "the broker's files are damaged while it is down",
        machine.broker_files_damaged,
        ("broker",),
        MESSAGING,
    ),
    Fault(
        "the broker refuses writes for 8 s (READONLY)",
        machine.broker_read_only,
        ("broker",),
        MESSAGING,
        lasts=8,
    ),
    Fault(
        "the supervisor is frozen, and every log grows",
        machine.supervisor_frozen,
        needs=ALONE,
        lasts=4,
    ),
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
    Fault(
        "Postgres hangs for 10 s, 40 clients",
        processes.frozen,
        ("postgres",),
        lasts=10,
        expected="cached reads go on, else 503 and 504",
        allowed=UNAVAILABLE,
        clients=40,
        cached_reads=50,
    ),
    Fault(
        "an instance is killed, and 10 clients never pause",
        processes.killed,
        ("core-1",),
        clients=10,
        pause=0,
    ),
    Fault("CACHE=near, then redis again", processes.near_copies, needs=ALONE, lag=NEAR_LAG),
]
NAMED = {fault.name: fault for fault in SINGLE}
KILLED = NAMED["an instance is killed (SIGKILL of the whole tree)"]
RELOADED = NAMED["HAProxy is reloaded, 3 times (SIGUSR2)"]
PAIRS = [
    both(NAMED["the cache hangs for 4 s"], KILLED, "the cache hangs, an instance is killed"),
    both(
        NAMED["the worker is killed in the middle of an import"],
        NAMED["the broker is killed for 20 s"],
        "the worker is killed in an import, and the broker",
    ),
    both(NAMED["Postgres hangs for 4 s"], KILLED, "Postgres hangs, an instance is killed"),
    both(KILLED, RELOADED, "an instance is killed, HAProxy is reloaded"),
    Fault(
        "the supervisor hangs, an instance is killed",
        processes.dead_while_the_supervisor_hangs,
        ("core-1",),
        ALONE,
        lasts=4,
    ),
]
FAULTS = SINGLE + PAIRS
