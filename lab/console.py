"""Progress messages, on stderr, so that stdout holds only the result of a command."""

import re
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

# A command with its options and quoted words.
COMMAND = re.compile(r"(\./escala|chmod|sudo) \S+( -\S+| [A-Z_]+=\S+| \d\w*| '[^']*')*")


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


def wrapped(line: str, indent: int) -> str:
    """The line wrapped at 80 columns; all but the first part are indented.

    A path or a command stays on one line, so that it can be copied, and may be longer than that.
    """
    whole = COMMAND.sub(lambda found: found[0].replace(" ", "\0"), line)
    text = textwrap.fill(
        whole,
        80,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return text.replace("\0", " ")
