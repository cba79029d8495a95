"""Two faults at a time: which ones can be judged together, and how a pair is injected."""

from contextlib import contextmanager
from typing import NamedTuple

from tests.support.closed_loop import CLOSED
from tests.support.shoppers import CLIENTS

STORES = ("postgres", "cache", "broker")
EVERYTHING = "everything"  # in a fault's `needs`: no other fault fits
# With a crowd the queues are long, and then HAProxy repeats no request (decision 6). If an instance
# dies as well, its requests fail: HAProxy answers 502, or closes a connection that it had kept
# open. And the other instances are too few for all the reads.
UNREPEATED = (CLOSED, 502)
CROWDED = 1 / 3  # the share of cached reads that must succeed then


class Both(NamedTuple):
    """Injects two faults, one after the other; the second is repaired first."""

    first: tuple  # a Fault
    second: tuple

    @contextmanager
    def __call__(self, laptop):
        first = self.first.inject(laptop, *self.first.targets)
        second = self.second.inject(laptop, *self.second.targets)
        with first, second:
            yield


def both(one, other, name=None):
    """A fault of two. It lasts as long as the longer one, and allows what either allows.

    What takes long to prepare comes first: it needs the stores. A store is repaired first, because
    other processes do not start without it.
    """
    first, second = sorted((one, other), key=lambda fault: (bool(stores(fault)), not fault.needs))
    clients, allowed = max(first.clients, second.clients), {*first.allowed, *second.allowed}
    struck = parts(first) | parts(second)
    if allowed and clients > CLIENTS and any(part.startswith("core") for part in struck):
        allowed |= {*UNREPEATED}
    return first._replace(
        name=name or f"{first.name}, and {second.name}",
        inject=Both(first, second),
        targets=(),
        needs=tuple(sorted(struck)),
        lasts=max(first.lasts, second.lasts),
        answers=min(first.answers, second.answers),
        expected=(second if second.allowed else first).expected,
        allowed=tuple(sorted(allowed, key=str)),
        clients=clients,
        pause=min(first.pause, second.pause),
        cached_reads=0,
        lag=max(first.lag, second.lag),
    )


def is_crowded(fault):
    """Whether an instance and another part fail while a crowd of clients waits."""
    return {*UNREPEATED} <= {*fault.allowed}


def fit_together(one, other):
    """Whether neither strikes what the other strikes, or needs to be judged."""
    return EVERYTHING not in parts(one) | parts(other) and not parts(one) & parts(other)


def parts(fault):
    return {*fault.targets, *fault.needs}


def stores(fault):
    return {*fault.targets} & {*STORES}
