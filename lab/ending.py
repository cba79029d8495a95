"""ENDING: what was started is ended, also on Ctrl-C or a polite kill, and impatience does not leave
half of it."""

import signal
from contextlib import contextmanager


@contextmanager
def afterwards(end):
    """Calls `end()` after the block, however that ends; SIGTERM is like Ctrl-C there, and neither
    disturbs `end()`."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        try:
            for number in before:
                signal.signal(number, signal.SIG_IGN)
            end()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _interrupt(number, frame):
    raise KeyboardInterrupt
