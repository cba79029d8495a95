"""The boxes of the picture: for each part what the process is, and what HAProxy believes."""

import time
from typing import Any

from lab.board.rates import Rates
from lab.board.sources import Server
from lab.stack import desired
from lab.stack.desired import DesiredState, kind

INSTANCES = [
    f"{group}-{number}"
    for group in ("core", "analytics")
    for number in range(1, desired.LIMITS[group] + 1)
]
WORKERS = [f"worker-{number}" for number in range(1, desired.LIMITS["worker"] + 1)]
# {box: the process it stands for}. Both databases are in one server.
PROCESS = {
    **{name: name for name in ("haproxy", *INSTANCES)},
    **{"postgres-core": "postgres", "postgres-analytics": "postgres"},
    **{name: name for name in ("cache", "broker", "relay", "recorder-1", *WORKERS)},
}
TARGETS = tuple(dict.fromkeys(PROCESS.values()))  # what a command can kill, stop or start
# The supervisor's words and ours.
STATES = {
    **{"running": "up", "starting": "starting", "stopping": "draining", "killed": "killed"},
    **{"frozen": "frozen", "backoff": "failed", "exited": "failed", "fatal": "failed"},
}
Processes = dict[str, tuple[str, int | None]]


class Boxes:
    """The boxes one look after the other: it remembers what only several looks can tell."""

    def __init__(self) -> None:
        self._rates = Rates()
        self._disagree_since: dict[str, float] = {}
        self._was_up: dict[str, int | None] = {}  # {instance: the pid that HAProxy has seen up}

    def build(
        self,
        state: DesiredState,
        processes: Processes | None,
        servers: dict[str, Server] | None,
        read_at: float,
        notes: dict[str, str],
    ) -> list[dict[str, Any]]:
        """Return the box of each part; `servers` were read at `read_at`.

        What is not known is None; a state is then `unknown`.
        """
        wanted = set(state.names())
        boxes = []
        for name, process in PROCESS.items():
            word, pid = (processes or {}).get(process, ("unknown", None))
            server = (servers or {}).get(name)
            box: dict[str, Any] = {
                **{"name": name, "kind": kind(name), "pid": pid},
                "state": self._state(name, word, pid, process in wanted, server),
                **{"haproxy": None, "check": None, "disagree": None},
                **{"rate": None, "busy": None, "share": None, "again": 0},
                "note": notes.get(name, ""),
            }
            if server:
                box |= {
                    **{"haproxy": server.status, "check": server.check, "busy": server.busy},
                    "rate": self._rates.of(name, server.requests, read_at),
                    "again": server.again,
                }
                box["disagree"] = self._disagree(name, box["state"], server.status)
            boxes.append(box)
        _set_shares(boxes)
        return boxes

    def _state(
        self, name: str, word: str, pid: int | None, wanted: bool, server: Server | None
    ) -> str:
        if word == "stopped":
            return "stopped" if wanted else "absent"
        state = STATES.get(word, "unknown")
        if server and state == "up":
            if server.status == "UP":
                self._was_up[name] = pid
            elif server.status in ("DRAIN", "MAINT"):
                return "draining" if self._was_up.get(name) == pid else "starting"
            elif self._was_up.get(name) != pid:  # it runs, and has never answered its check
                return "starting"
        return state

    def _disagree(self, name: str, state: str, believed: str) -> float | None:
        if state in ("starting", "draining", "unknown") or (state == "up") == (believed == "UP"):
            self._disagree_since.pop(name, None)
            return None
        since = self._disagree_since.setdefault(name, time.monotonic())
        return round(time.monotonic() - since, 1)


def _set_shares(boxes: list[dict[str, Any]]) -> None:
    for group in ("core", "analytics"):
        members = [box for box in boxes if box["kind"] == group and box["rate"]]
        total = sum(box["rate"] for box in members)
        for box in members:
            box["share"] = round(box["rate"] / total, 2)
