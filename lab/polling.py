"""Wait for a condition, or repeat what failed; always with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

from lab.console import say

T = TypeVar("T")
PATIENCE = 30.0  # seconds: how long a busy machine may keep the laboratory waiting


def wait_until(
    condition: Callable[[], T],
    *,
    seconds: float,
    every: float = 0.1,
    what: str | Callable[[], str] | None = None,
) -> T:
    """Call `condition()` every `every` seconds; return its first true value.

    Return its last false value when `seconds` have passed. With `what`, a text or a function that
    returns one, print every ten seconds what is still missing.
    """
    start = reported = time.monotonic()
    while not (value := condition()):
        now = time.monotonic()
        if now - start > seconds:
            break
        if what and now - reported > 10:
            reported = now
            missing = what() if callable(what) else what
            say(f"  ... still waiting for {missing} ({now - start:.0f} s of {seconds:.0f})")
        time.sleep(every)
    return value


def repeated(
    act: Callable[[], T],
    *,
    on: type[Exception] | tuple[type[Exception], ...],
    seconds: float | None = None,
    every: float = 0.5,
) -> T:
    """Return what `act()` returns; call it again when it raises one of the errors `on`.

    The error is raised when `seconds` (by default PATIENCE) have passed.
    """
    deadline = time.monotonic() + (PATIENCE if seconds is None else seconds)
    while True:
        try:
            return act()
        except on:
            if time.monotonic() > deadline:
                raise
        time.sleep(every)
