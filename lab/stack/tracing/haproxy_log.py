"""HAProxy's log: one line for each request, written after its answer.

`log-format` in haproxy/haproxy.cfg says what a line has.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LINE = re.compile(
    r"(\S+) \S+ (\S+) (\S+) (-?\d+) \S+ from=\S*?/(\S+) wait=(-?\d+) connect=(-?\d+)"
    r" answer=(-?\d+) total=\+?(-?\d+) retries=(\+?)(\d+) end=(\S+) at=(\d+) made=(\S+) timing=(.*)"
)
TIMING = re.compile(r'app;dur=([\d.]+), db;dur=([\d.]+);desc="(\d+) queries"')


class Exchange(NamedTuple):
    """A request and its answer, as HAProxy saw them. All times are seconds."""

    id: str  # X-Request-ID
    method: str
    path: str
    status: int  # -1: the client got no answer
    instance: str  # that answered, or was tried last; <NOSRV>: none was tried
    began: float  # Unix time
    reached: float | None  # Unix time at which the last attempt reached the instance; None: never
    ended: float  # Unix time
    retries: int  # attempts after the first one
    redispatched: bool  # whether the last attempt went to another instance than the first
    end: str  # HAProxy's termination state; -- is normal
    made: str  # the Location of what was created; - when nothing was
    app_ms: float | None  # how long the instance worked, as it says itself
    db_ms: float | None
    queries: int | None

    @property
    def attempts(self) -> int:
        """How often the request was sent to an instance."""
        return 0 if self.instance == "<NOSRV>" else 1 + self.retries


def lines_of(log: Path) -> Iterator[str]:
    """Yield the lines of a log, those of its older half (`.1`) first."""
    for path in (log.with_name(f"{log.name}.1"), log):
        if path.exists():
            with open(path, errors="replace") as file:
                yield from file


def size(log: Path) -> int:
    """Return the bytes that the log has now."""
    return log.stat().st_size if log.exists() else 0


def exchanges(log: Path, position: int | None = None) -> Iterator[Exchange]:
    """Yield each request in HAProxy's log that has an id; other lines are skipped.

    With `position`, only those that were written since the log had this size().
    """
    # A log that is smaller was emptied meanwhile: its older half has the lines.
    if position is None or size(log) < position:
        return filter(None, map(parsed, lines_of(log)))
    return filter(None, map(parsed, _lines_since(log, position)))


def _lines_since(log: Path, position: int) -> Iterator[str]:
    if log.exists():
        with open(log, errors="replace") as file:
            file.seek(position)
            yield from file


def parsed(line: str) -> Exchange | None:
    """Return the request that a line of the log is about; None for HAProxy's own messages."""
    if not (found := LINE.match(line)):
        return None
    (request, method, path, status, instance, *times) = found.groups()
    wait, connect, _, total, plus, retries, end, at, made, timing = times
    ended = int(at) / 1000
    began = ended - max(0, int(total)) / 1000
    # HAProxy writes -1 for a time that never came.
    reached = None if int(connect) < 0 else began + (int(wait) + int(connect)) / 1000
    app, database, queries = _numbers(timing)
    return Exchange(
        *(request, method, path, int(status), instance, began, reached, ended),
        *(int(retries), bool(plus), end, made, app, database, queries),
    )


def _numbers(timing: str) -> tuple[float | None, float | None, int | None]:
    if not (found := TIMING.match(timing)):
        return None, None, None
    return float(found[1]), float(found[2]), int(found[3])
