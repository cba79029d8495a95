"""Two faults at a time: which ones can be judged together, and how a pair is injected."""

from contextlib import contextmanager
from typing import NamedTuple

STORES = ("postgres", "cache", "broker")
EVERYTHING = "everything"  # in a fault's `needs`: no other fault fits


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
    return first._replace(
        name=name or f"{first.name}, and {second.name}",
        inject=Both(first, second),
        targets=(),
        needs=tuple(sorted(parts(first) | parts(second))),
        lasts=max(first.lasts, second.lasts),
        answers=min(first.answers, second.answers),
        expected=(second if second.allowed else first).expected,
        allowed=tuple(sorted({*first.allowed, *second.allowed})),
        clients=max(first.clients, second.clients),
        pause=min(first.pause, second.pause),
        cached_reads=0,
        lag=max(first.lag, second.lag),
    )


def fit_together(one, other):
    """Whether neither strikes what the other strikes, or needs to be judged."""
    return EVERYTHING not in parts(one) | parts(other) and not parts(one) & parts(other)


def parts(fault):
    return {*fault.targets, *fault.needs}


def stores(fault):
    return {*fault.targets} & {*STORES}
