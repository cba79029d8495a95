"""Waiting for a condition, always with a deadline and never with a bare sleep."""

import time
from collections.abc import Callable
from typing import TypeVar

from lab.console import say

Value = TypeVar("Value")


def wait_until(
    condition: Callable[[], Value],
    *,
    seconds: float,
    every: float = 0.1,
    what: str | Callable[[], str] | None = None,
) -> Value:
    """The first true value of `condition()`, or its last false one after `seconds`.

    With `what`, a text or a function that gives one, it says every ten seconds what it is still
    waiting for.
    """
    start = told = time.monotonic()
    while not (value := condition()):
        now = time.monotonic()
        if now - start > seconds:
            break
        if what and now - told > 10:
            told = now
            say(
                f"  ... still waiting for {what() if callable(what) else what} ({now - start:.0f} s of {seconds:.0f})"
            )
        time.sleep(every)
    return value
