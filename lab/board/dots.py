"""Dots: requests of the shoppers, one dot for k of a kind; none that is unusual is left out."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from lab.board.chart import Sent

MOST = 40  # dots a second
STEPS = (1, 2, 5, 10, 20, 50)


def thinned_by(rate: float) -> int:
    """Return k: so that one dot for k requests makes at most MOST dots a second."""
    return next((step for step in STEPS if rate <= MOST * step), STEPS[-1])


class Dots:
    """Chooses every k-th request of each kind and outcome."""

    def __init__(self) -> None:
        self._skipped: Counter[tuple[str, str]] = Counter()

    def of(
        self, requests: Iterable[Sent], *, rate: float, left: str | None = None
    ) -> dict[str, Any]:
        """Return {k, list} for the requests that ended since the last tick.

        `left` is the instance from which HAProxy moved requests meanwhile, if it was only one: its
        log does not say where a request was sent first.
        """
        k = thinned_by(rate)
        dots: list[dict[str, Any]] = []
        for sent in requests:
            unusual = sent.outcome in ("failed", "refused") or sent.retries > 0
            if unusual and len(dots) < 2 * MOST:
                dots.append(dot(sent, left if sent.retries else None) | {"k": 1})
            elif not unusual:
                kind = sent.kind, sent.outcome
                self._skipped[kind] += 1
                if self._skipped[kind] >= k:
                    self._skipped[kind] = 0
                    dots.append(dot(sent, None))
        return {"k": k, "list": dots}


def dot(sent: Sent, left: str | None) -> dict[str, Any]:
    """Return one dot: when it started, how long it took, and its way."""
    return {
        **{"t": round(sent.start, 3), "d": round(sent.end - sent.start, 4), "kind": sent.kind},
        **{"outcome": sent.outcome, "to": sent.instance, "from": left, "order": sent.key},
    }
