"""LOAD: seeded arrivals, what they ask for, and the handle of the process that sends them
(generator.py)."""

import contextlib
import json
import random
import subprocess
import sys
import time

from lab.errors import Failure
from lab.stack import process_tree
from lab.stack.home import ROOT


def arrivals(choose, *, rate, seconds, seed):
    """The requests of `seconds`, with exponential gaps of 1 / `rate`; the same for the same seed.

    `choose(random)` gives one request: {kind, method, path} and, if need be, headers, body (JSON),
    keep (the answer's text is recorded), note (recorded as it is).
    """
    if rate <= 0:
        raise ValueError(f"{rate} requests a second are none")
    chance = random.Random(seed)
    requests, at = [], chance.expovariate(rate)
    while at < seconds:
        requests.append({"at": round(at, 6), **choose(chance)})
        at += chance.expovariate(rate)
    return requests


def get(path, kind=None, **more):
    """A chooser that always reads this address."""
    request = {"kind": kind or path.partition("?")[0], "method": "GET", "path": path, **more}
    return lambda chance: request


def mixture(*weighted):
    """A chooser of choosers: mixture((7, reads), (3, orders)) reads in 70 % of the cases."""
    weights, choosers = zip(*weighted, strict=True)
    return lambda chance: chance.choices(choosers, weights)[0](chance)


def zipf(choices, exponent=1.0):
    """A function of a random source that gives the first choice most often, the n-th 1 /
    n**exponent as often."""
    weights = [1 / rank**exponent for rank in range(1, len(choices) + 1)]
    return lambda chance: chance.choices(choices, weights)[0]


def fault_time(turn, seed, *, earliest, span=1.0):
    """Seconds into a phase at which to cause a fault: between `earliest` and `earliest + span`.

    The golden ratio spreads the times of a run's turns evenly over the span, and the seed shifts
    all of them. So a run does not hit the same moment of a request again and again.
    """
    return earliest + span * ((turn * 0.618034 + seed * 0.381966) % 1)


class Generator:
    """The process that sends; one serves a whole run, and a new one goes on when a plan could not
    be carried out."""

    def __init__(self):
        self._start()

    def _start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lab.workload.generator"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for whoever holds the handle, which ends the process
        )

    def perform(self, front, requests, during=()):
        """(zero, records), once all requests are answered; `during` are (second, function) to do
        meanwhile."""
        try:
            return self._perform(front, requests, during)
        except Exception:
            self.end()  # what it still has to tell of this plan would be taken for the next one's
            self._start()
            raise

    def _perform(self, front, requests, during):
        self.process.stdin.write(json.dumps({"front": front, "requests": requests}) + "\n")
        self.process.stdin.flush()
        zero = self._read()["zero"]
        for second, act in sorted(during, key=lambda pair: pair[0]):
            time.sleep(max(0, zero + second - time.monotonic()))
            act()
        records = []
        while "sent" not in (record := self._read()):
            records.append(record)
        return zero, records

    def end(self):
        """Ends the process, also in the middle of a plan."""
        process_tree.end(process_tree.tree_of(self.process.pid))
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):  # a plan that it did not read any more
            self.process.stdin.close()
        self.process.stdout.close()

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failure(
                "the load generator ended before its plan did", "look at its last words above"
            )
        return json.loads(line)
