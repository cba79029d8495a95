"""WATCHDOG: a process that is alive and does nothing ends itself, and is started again.

What supervises processes on a laptop, in containers or on many machines starts those that ended.
It does not see that a main loop has died or waits for ever. So a thread watches the loop. It prints
where all threads are before it ends the process.
"""

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable

from chassis.env import limit

SECONDS = limit("WATCHDOG_SECONDS", 60)  # without a beat of the main loop
STEPS = 20


class Watchdog(threading.Thread):
    """Ends the process when nobody has called beat() for SECONDS, unless it is `excused`.

    It is excused while it waits for the broker, too: a restart would bring no broker back.
    """

    def __init__(self, excused: Callable[[], bool] = lambda: False) -> None:
        super().__init__(daemon=True)
        self.excused, self.missed = excused, 0
        self.start()

    def beat(self) -> None:
        """Say that the main loop works."""
        self.missed = 0

    def run(self) -> None:
        """Count steps instead of seconds, so that a process that was frozen has missed nothing."""
        while self.missed < STEPS:
            time.sleep(SECONDS / STEPS)
            excused = self.excused() or waits_for_broker()
            self.missed = max(self.missed - 1, 0) if excused else self.missed + 1
        # No logging: the main thread may hold its lock.
        os.write(2, b"watchdog: this process does nothing, and ends. Its threads are here:\n")
        faulthandler.dump_traceback(2)
        os._exit(1)


class WatchedEvent(threading.Event):
    """An event that ends a loop; the loop works as long as it asks for the event."""

    def __init__(self) -> None:
        super().__init__()
        self.watchdog = Watchdog()

    def is_set(self) -> bool:
        """Whether the loop shall end."""
        self.watchdog.beat()
        return super().is_set()


def waits_for_broker() -> bool:
    """Whether the main thread is in a function that connects to Redis or talks to it."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame:
        module = frame.f_globals.get("__name__", "")
        if module == "kombu.connection" or module.startswith("redis."):
            return True
        frame = frame.f_back
    return False
