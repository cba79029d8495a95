"""What a person sees: progress on stderr, so that stdout holds the answer and nothing else."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str = "") -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Says that something was done and how long it took; says nothing when it failed."""
    start = time.monotonic()
    yield
    say(f"  {what:<58} {time.monotonic() - start:6.1f} s")
