"""The end of HAProxy's log: the requests that were sent again, refused by HAProxy, or failed."""

from collections import deque
from pathlib import Path
from typing import NamedTuple

from lab.stack.tracing import haproxy_log

KEPT = 5000  # requests
MOST_BYTES = 2_000_000  # read at a time; what is older is skipped
# HAProxy's words for a refusal under overload: held back (measure 7), or too long in the queue.
ON_PURPOSE = ("PT", "sQ", "pQ")


class Trouble(NamedTuple):
    """A request that did not go the usual way."""

    id: str
    ended: float  # Unix time
    retries: int
    failed: bool
    refused: bool  # under overload, on purpose


class LogTail:
    """What the log got since the last look; a log that nobody looks at costs nothing."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.position = haproxy_log.size(log)
        self.recent: deque[Trouble] = deque(maxlen=KEPT)
        self.by_id: dict[str, Trouble] = {}

    def skip(self) -> None:
        """Leave out what was written until now."""
        self.position = haproxy_log.size(self.log)

    def look(self) -> None:
        """Read the lines that are new."""
        size = haproxy_log.size(self.log)
        if size < self.position:  # it was rotated
            self.position = 0
        if size == self.position:
            return
        with open(self.log, "rb") as file:
            file.seek(max(self.position, size - MOST_BYTES))
            text = file.read(MOST_BYTES)
        whole = text[: text.rfind(b"\n") + 1]  # the rest of a line comes later
        self.position = max(self.position, size - MOST_BYTES) + len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if trouble := parsed(line):
                self._keep(trouble)

    def since(self, moment: float) -> list[Trouble]:
        """Return those that ended since this Unix time, of the newest KEPT."""
        return [trouble for trouble in self.recent if trouble.ended >= moment]

    def _keep(self, trouble: Trouble) -> None:
        if len(self.recent) == KEPT:
            self.by_id.pop(self.recent[0].id, None)
        self.recent.append(trouble)
        self.by_id[trouble.id] = trouble


def parsed(line: str) -> Trouble | None:
    """Return the trouble in a line of the log; None for a request that went the usual way."""
    words = line.split(" ", 5)
    # Nearly all lines end here: the rest of this function costs ten times as much.
    if len(words) < 6 or (" retries=0 " in line and words[4][:1] not in ("5", "-")):
        return None
    if not (found := haproxy_log.parsed(line)):
        return None
    refused = found.status == 503 and found.end.startswith(ON_PURPOSE)
    failed = not refused and (found.status < 0 or found.status >= 500)
    return Trouble(found.id, found.ended, found.retries, failed, refused)
