"""Waiting for a condition, always with a deadline and never with a bare sleep."""

import time

from lab.console import say


def wait_until(condition, *, seconds, every=0.1, what=None):
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
