"""Little's law: how far a window of requests is from it, which shows a queue that grew."""

import math
from typing import Any

import numpy
from numpy.typing import ArrayLike

CUTS = (0, 1 / 8, 1 / 4)  # of a phase, left out at its beginning and its end


def concurrency(starts: ArrayLike, ends: ArrayLike, since: float, until: float) -> float:
    """How many requests were in flight on average between two moments."""
    begun, ended = numpy.clip(starts, since, until), numpy.clip(ends, since, until)
    return float((ended - begun).sum() / (until - since))


def error(starts: ArrayLike, ends: ArrayLike, since: float, until: float) -> float:
    """Mean concurrency / (throughput x mean latency) - 1 in this window.

    Little's law says 0, when as many requests end as begin. It is far below 0 when the queue grew
    all the time, and above when one drained; then the latencies mean nothing. It is the median over
    windows that begin and end at other moments (CUTS): a short stall at one end is no growth.
    """
    begun, ended = numpy.asarray(starts, dtype=float), numpy.asarray(ends, dtype=float)
    cuts = [share * (until - since) for share in CUTS]
    windows = [(since + early, until - late) for early in cuts for late in cuts]
    return float(numpy.median([_error(begun, ended, *window) for window in windows]))


def _error(begun: Any, ended: Any, since: float, until: float) -> float:
    within = (begun >= since) & (begun < until)
    expected = (ended[within] - begun[within]).sum() / (until - since)
    return float(concurrency(begun, ended, since, until) / expected - 1) if expected else math.inf
