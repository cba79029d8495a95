"""The last ten minutes, as they were: for pages that come late, and for the replay."""

import json
from collections import deque
from typing import Any

SECONDS = 600


class History:
    """A ring of ticks. It keeps them as text, which is a tenth of the memory of their objects."""

    def __init__(self) -> None:
        self._ticks: deque[tuple[float, str]] = deque()
        self._charts: deque[tuple[float, str]] = deque()

    def add(self, tick: dict[str, Any], text: str) -> None:
        """Keep a tick, whose JSON is `text`; forget those that are older than SECONDS."""
        at = tick["at"]
        self._ticks.append((at, text))
        if tick["chart"]:
            row = {name: tick[name] for name in ("at", "chart", "truth")}
            self._charts.append((at, json.dumps(row)))
        for ring in (self._ticks, self._charts):
            while ring and ring[0][0] < at - SECONDS:
                ring.popleft()

    def seconds(self) -> list[dict[str, Any]]:
        """Return {at, chart, truth} of each second that has a chart."""
        return [json.loads(text) for _, text in self._charts]

    def ticks(self) -> list[dict[str, Any]]:
        """Return whole ticks; after the first they lack boxes and controls that did not change."""
        found: list[dict[str, Any]] = []
        boxes: dict[str, Any] = {}
        controls: Any = None
        for _, text in self._ticks:
            tick = json.loads(text)
            changed = [box for box in tick["boxes"] if boxes.get(box["name"]) != box]
            boxes |= {box["name"]: box for box in tick["boxes"]}
            found.append(tick | {"boxes": changed})
            if tick["controls"] == controls:
                del found[-1]["controls"]
            controls = tick["controls"]
        return found
