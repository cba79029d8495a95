"""Load: which requests arrive when, and the handle of the process that sends them.

A *request factory* is a function of a random source (random.Random) that returns one request:
{kind, method, path} and, when needed, `headers`, `body` (JSON), `keep` (record the response's
text) and `note` (copied into the record).
"""

import contextlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lab.errors import Failure
from lab.stack import process_tree
from lab.stack.home import ROOT

Request = dict[str, Any]
RequestFactory = Callable[[random.Random], Request]
KEY = "Idempotency-Key"
Action = tuple[float, Callable[[], Any]]  # the second of a phase, and what to do then


def arrivals(
    make_request: RequestFactory, *, rate: float, seconds: float, seed: str, exact: bool = False
) -> list[Request]:
    """The requests of so many seconds, in order of arrival; the same seed gives the same requests.

    The gaps between them are exponentially distributed with a mean of 1 / `rate`, as in a Poisson
    process. With `exact` their number is rate x seconds, and only their times are random: as in a
    Poisson process that happened to have so many. Phases of one rate then differ less.
    """
    if rate <= 0:
        raise ValueError(f"the rate must be positive, not {rate}")
    chance = random.Random(seed)
    if exact:
        times = sorted(chance.uniform(0, seconds) for _ in range(round(rate * seconds)))
        return [{"at": round(at, 6), **make_request(chance)} for at in times]
    requests, at = [], chance.expovariate(rate)
    while at < seconds:
        requests.append({"at": round(at, 6), **make_request(chance)})
        at += chance.expovariate(rate)
    return requests


def enough(requests: list[Request], warmup: float, seconds: float) -> dict[str, float]:
    """How many late requests make p95 exceed so many seconds: the `enough` of a plan.

    That is more than 5 % of those that are due after the warm-up, whatever the others take.
    """
    counted = sum(request["at"] >= warmup for request in requests)
    return {"after": warmup, "late": seconds, "count": 0.05 * counted + 1}


def with_new_keys(requests: list[Request], attempt: int) -> list[Request]:
    """The same requests for another attempt: with its number in each Idempotency-Key.

    With the old keys the orders of the first attempt would be answered again, and none placed.
    """
    if not attempt:
        return requests
    found = []
    for request in requests:
        if old := (request.get("headers") or {}).get(KEY):
            key = f"{old} again {attempt}"
            note = {"note": key} if request.get("note") == old else {}
            request = request | {"headers": request["headers"] | {KEY: key}} | note
        found.append(request)
    return found


def get(path: str, kind: str | None = None, **more: Any) -> RequestFactory:
    """A factory that always reads this path."""
    request = {"kind": kind or path.partition("?")[0], "method": "GET", "path": path, **more}
    return lambda chance: request


def mixture(*weighted: tuple[float, RequestFactory]) -> RequestFactory:
    """A factory that picks one of several: mixture((7, reads), (3, orders)) makes 70 % reads."""
    weights, factories = zip(*weighted, strict=True)
    return lambda chance: chance.choices(factories, weights)[0](chance)


def zipf(choices: Sequence[Any], exponent: float = 1.0) -> Callable[[random.Random], Any]:
    """A function that picks by Zipf's law: the n-th choice has the weight 1 / n**exponent."""
    weights = [1 / rank**exponent for rank in range(1, len(choices) + 1)]
    return lambda chance: chance.choices(choices, weights)[0]


def fault_time(turn: int, seed: int, *, earliest: float, span: float = 1.0) -> float:
    """The second of a phase at which to cause a fault: from `earliest` to `earliest + span`.

    The golden ratio spreads the times of successive turns evenly over the span; the seed shifts
    them all. So a run does not always hit the same moment of a request.
    """
    return earliest + span * ((turn * 0.618034 + seed * 0.381966) % 1)


class Generator:
    """The process that sends requests (generator.py); one serves a whole run.

    When a plan cannot be carried out, a new process takes over for the next plan.
    """

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lab.workload.generator"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C reaches our process alone, which then calls end()
        )

    def send(
        self, front: str, requests: list[Request], during: Iterable[Action] = (), **limits: Any
    ) -> tuple[float, list[dict]]:
        """(zero, records), when all requests have ended; meanwhile does each action of `during`.

        `zero` is the monotonic second that all times in the records count from. `limits` are `ip`,
        `most` and `enough` of a plan (see generator.py).
        """
        try:
            return self._send({"front": front, "requests": requests, **limits}, during)
        except Exception:
            self.end()  # its remaining output would be read as that of the next plan
            self._start()
            raise

    def _send(self, plan: dict[str, Any], during: Iterable[Action]) -> tuple[float, list[dict]]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(plan) + "\n")
        self.process.stdin.flush()
        zero = self._read()["zero"]
        for second, act in sorted(during, key=lambda action: action[0]):
            time.sleep(max(0, zero + second - time.monotonic()))
            act()
        records = []
        while "sent" not in (record := self._read()):
            records.append(record)
        return zero, records

    def end(self) -> None:
        """Ends the process, even in the middle of a plan."""
        assert self.process.stdin and self.process.stdout
        process_tree.end(process_tree.tree_of(self.process.pid))
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):  # a plan that the process had not read yet
            self.process.stdin.close()
        self.process.stdout.close()

    def _read(self) -> dict:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise Failure(
                "the load generator ended before its plan did", "see its error message above"
            )
        return json.loads(line)
