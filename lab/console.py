"""Progress messages, on stderr, so that stdout holds only the result of a command."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str = "") -> None:
    """Print a line of progress."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print `what` and the seconds it took when the block has ended; nothing when it failed."""
    start = time.monotonic()
    yield
    say(f"  {what:<58} {time.monotonic() - start:6.1f} s")


def count(number: int, what: str) -> str:
    """Return `1 worker`, `2 workers`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
