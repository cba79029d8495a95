"""`./escala capacity`: searches the capacity of one address. Each attempt is a recorded phase.

It starts no system and sends at most MOST_RATE requests/s, and at most MOST_IN_FLIGHT at a time.
"""

import statistics
import time
from pathlib import Path
from typing import Any

from lab import console
from lab.analysis import capacity
from lab.analysis.capacity import Objective
from lab.analysis.records import Phase, Writer, succeeded
from lab.errors import Failure
from lab.laboratory import answer
from lab.polling import wait_until
from lab.stack import machine, process_tree
from lab.workload import load
from lab.workload.load import Generator
from lab.workload.target import Target, is_loopback

MOST_RATE = 2000  # requests/s
MOST_IN_FLIGHT = 800  # requests; a process may usually have 1024 connections
PRECISION = 1.04  # the factor between two rates of the repeated search
BUDGET = 600  # seconds for the search; it takes some 120 with a p95 of 300 ms
SHORTEST, LONGEST = 4, 15  # seconds of an attempt
PATIENCE = 15  # seconds in which the address must have recovered from an attempt that failed
LOOKS = 5  # requests, one after the other, before any load


class Ended(Exception):
    """Why the search cannot go on."""


def measure(
    target: Target,
    objective: Objective,
    *,
    guess: float | None,
    path: Path,
    others: dict[str, Any] | None = None,
) -> None:
    """Searches the capacity of the target; writes the raw records of all attempts to `path`.

    `others` is what other programs used before (see run.before_a_run). It is recorded. During the
    search nobody can tell which of them belong to the target.

    A Failure when the target does not answer its first request. What ends the search afterwards,
    also Ctrl-C, is in the records.
    """
    generator, began = Generator(), time.monotonic()
    with process_tree.cleanup_on_exit(generator.end), open(path, "w") as file:
        header: dict[str, Any] = {"url": target.url, "method": target.method}
        header |= {"headers": sorted(target.headers), "body": bool(target.file)}
        header["elsewhere"] = not all(map(is_loopback, target.ips))
        header |= {"p95_ms": objective.p95_ms, "precision": PRECISION}
        attempts = Attempts(generator, target, objective, Writer(file, **header))
        attempts.writer.fact("before", **(others or {}))
        alone = attempts.look()
        try:
            why = attempts.search(alone, guess)
        except Ended as ended:
            why = str(ended)
        except Failure as failure:  # of the generator
            why = failure.what
        except KeyboardInterrupt:
            attempts.writer.fact("interrupted")
            why = "it was interrupted"
        attempts.writer.fact("ended", why=why, seconds=round(time.monotonic() - began, 1))


class Attempts:
    """Sends load to a target, and records it."""

    def __init__(
        self, generator: Generator, target: Target, objective: Objective, writer: Writer
    ) -> None:
        self.generator, self.target, self.objective = generator, target, objective
        self.writer, self.ip = writer, target.ips[0]
        # Over so long, even an overload of 5 % makes a queue as long as the objective.
        self.seconds = min(LONGEST, max(SHORTEST, objective.p95_ms / 50))

    def search(self, alone: float, guess: float | None) -> str:
        """Searches the capacity; returns why it was not found, or nothing.

        `alone` are the milliseconds that one request alone takes.
        """
        if alone > self.objective.p95_ms:
            return f"one request alone takes {alone:.0f} ms, more than the objective"
        guess = guess or self.ramp(min(1000 / alone, MOST_RATE / 8))

        def passes(rate: float) -> bool:
            few = 50 / rate  # seconds: fewer requests have no 95th percentile
            return self.attempt(rate, max(self.seconds, min(LONGEST, few)), "search")

        return capacity.search_repeatedly(passes, guess, precision=PRECISION, seconds=BUDGET).why

    def look(self) -> float:
        """Sends a few requests, one after the other; returns their median latency in ms.

        From now on all requests go to the first of the target's IP addresses that answers.
        """
        for ip in self.target.ips:
            self.ip, first = ip, self.one(ip)
            if first.get("error") != "ClientConnectorError":
                break
        if not first["status"]:
            why, next_step = answer.trouble(first)
            raise Failure(f"{self.target.url} cannot be measured: {why}", next_step)
        if not succeeded(first):
            raise Failure(
                f"{self.target.method} {self.target.url} was answered {first['status']}",
                "find a request that is answered 2xx: see --method, --header and --body",
            )
        records = [self.one() for _ in range(LOOKS)]
        latencies = [round(1000 * (record["end"] - record["start"]), 1) for record in records]
        self.writer.fact("look", status=first["status"], ip=self.ip, ms=latencies)
        if first["status"] >= 300:
            console.say(f"  it answers {first['status']}: redirects are not followed")
        return statistics.median(latencies)

    def one(self, ip: str | None = None) -> dict[str, Any]:
        """Sends one request and returns its record."""
        requests = [{"at": 0.0, **self.target.request}]
        return self.generator.send(self.target.front, requests, ip=ip or self.ip)[1][0]

    def ramp(self, rate: float) -> float:
        """The last rate that was carried for a moment, each twice as high as the one before."""
        while rate < MOST_RATE and self.attempt(rate, max(1, min(5, 10 / rate)), "ramp"):
            rate *= 2
        return rate / 2

    def attempt(self, rate: float, seconds: float, part: str) -> bool:
        """Sends requests at this rate; returns whether they were carried."""
        if rate > MOST_RATE:
            raise Ended(f"it can carry more, but at most {MOST_RATE:,} requests/s are sent")
        phase = self.load(rate, seconds, part)
        if not (carried := self.objective.is_met_by(phase)):
            self.recover(rate)
        return carried

    def load(self, rate: float, seconds: float, part: str) -> Phase:
        """Sends requests at this rate; recorded as a phase, and told on stderr."""
        requests = load.arrivals(
            lambda chance: self.target.request,
            rate=rate,
            seconds=seconds,
            seed=str(self.writer.phases),
            exact=True,
        )
        limits: dict[str, Any] = {"ip": self.ip, "most": MOST_IN_FLIGHT}
        _, records = self.generator.send(self.target.front, requests, **limits)
        warmup = min(0.5, seconds / 4)
        phase = self.writer.phase({"part": part}, (rate, seconds, warmup), records, [])
        console.say(f"  {rate:>7.4g} requests/s for {seconds:.0f} s: {self.told(phase)}")
        return phase

    def told(self, phase: Phase) -> str:
        late = ", late" if answer.was_late(phase) else ""
        if self.objective.is_met_by(phase):
            return f"carried, p95 {phase.latency(95):.0f} ms{late}"
        return f"failed: {answer.reason(phase, self.objective)}{late}"

    def recover(self, rate: float) -> None:
        """Waits until one request alone meets the objective again."""

        def is_well() -> bool:
            self.last = self.one()
            in_time = self.last["end"] - self.last["start"] <= self.objective.p95_ms / 1000
            return succeeded(self.last) and in_time

        if not wait_until(is_well, seconds=PATIENCE):
            how = f"answers {self.last['status']}" if self.last["status"] else ""
            how = "is still too slow" if succeeded(self.last) else how or "does not answer"
            raise Ended(f"after {rate:.4g} requests/s it {how} for {PATIENCE} s")


def limits() -> str:
    """What is sent at most, for the terminal."""
    in_flight = f"{MOST_IN_FLIGHT} in flight"
    return f"at most {MOST_RATE:,} requests/s, {in_flight}, {BUDGET // 60} minutes"


def versions() -> dict[str, Any]:
    """{machine, versions, commit} of what sends the load."""
    return machine.fingerprint(servers=False)
