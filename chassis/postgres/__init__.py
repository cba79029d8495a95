"""DATABASE PLACES: a Postgres that hangs occupies some threads of an instance, never all.

A hung server answers nothing and breaks no connection, so each request that needs it waits until it
goes on. Its own timeouts do not help: it is the server that keeps them. So an instance has places
for threads that wait for the database, and fewer places than threads. The remaining threads answer
the health check and reads from the cache, and refuse what finds no place (503, try again).
See it: ./escala kill postgres --signal STOP, and GET /api/products/ in many terminals.
./escala start postgres ends it.
"""

import time
from threading import Semaphore

SPARE = 8  # threads: HAProxy sends at most 7 requests at a time, and the health check
PATIENCE = 0.1  # seconds to wait for a place
FULL = 1  # seconds after a wait in vain in which nobody waits


class Places:
    """The places of this process; None: no limit, for commands, workers and tests."""

    free: Semaphore | None = None
    full_until = 0.0  # monotonic seconds

    @classmethod
    def take(cls) -> bool:
        """Whether there is a place, which is then taken."""
        patience = PATIENCE if time.monotonic() > cls.full_until else 0
        taken = cls.free is None or cls.free.acquire(timeout=patience)
        if not taken and patience:
            cls.full_until = time.monotonic() + FULL
        return taken

    @classmethod
    def give_back(cls) -> None:
        if cls.free:
            cls.free.release()


def limit_threads(threads: int) -> None:
    """Of so many threads of this process, SPARE never wait for the database.

    With fewer than twice as many there is no limit: too few would be left for the database.
    """
    if threads >= 2 * SPARE:
        Places.free = Semaphore(threads - SPARE)
