"""How fast counters grow, by the moments at which they were read."""

from collections import deque

WINDOW = 1.0  # seconds; in less, an instance under load may happen to get no request
PAUSE = 10.0  # seconds without a reading after which nothing is said of the time between


class Rates:
    """The latest readings of each counter."""

    def __init__(self) -> None:
        self._readings: dict[str, deque[tuple[float, float]]] = {}

    def of(self, name: str, count: float, at: float) -> float | None:
        """Return by how much a counter grew per second, in the second before it was read at `at`.

        The same reading gives the same rate, however often somebody asks. None: it was not read
        before, or long ago, or it began anew.
        """
        readings = self._readings.setdefault(name, deque())
        if readings:
            last, before = readings[-1]
            if count < before or not last <= at <= last + PAUSE:
                readings.clear()
        if not readings or at > readings[-1][0]:
            readings.append((at, count))
        while len(readings) > 2 and readings[1][0] <= at - WINDOW:
            readings.popleft()
        first, low = readings[0]
        return round((count - low) / (at - first), 1) if at > first else None
