"""Raw records: the data of one experiment, as a file of JSON lines and as phases to read.

The first line is the header (experiment, seed, quick, proving). The others follow in the order in
which they were made: `phase`, its `request` lines, its `event` lines (what was done during the
phase, and when), and `fact` (anything else that was measured). A phase that was measured again has
the field `set_aside`: it stays in the file, and no judgement reads it.
"""

import json
from collections.abc import Iterable
from functools import cached_property
from os import PathLike
from typing import Any, TextIO

import numpy

from lab.analysis import estimates
from lab.analysis.estimates import LEVEL, Interval
from lab.errors import Failure


class Phase:
    """Some seconds of load under one setting, which `labels` describe.

    All times are seconds since the beginning of the phase.
    """

    def __init__(self, line: dict) -> None:
        self.number: int = line["number"]
        self.labels: dict[str, Any] = line["labels"]
        self.rate: float = line["rate"]
        self.seconds: float = line["seconds"]
        self.warmup: float = line["warmup"]
        self.others: dict[str, Any] = line.get("others", {})  # what neighbours took meanwhile
        self.requests: list[dict] = []
        self.events: list[dict] = []

    @cached_property
    def counted(self) -> list[dict]:
        """The requests that were due after the warm-up."""
        return [request for request in self.requests if request["at"] >= self.warmup]

    def of_kind(self, *kinds: str) -> list[dict]:
        """The counted requests of these kinds; of all kinds when none is given."""
        return [request for request in self.counted if not kinds or request["kind"] in kinds]

    @property
    def failed(self) -> list[dict]:
        """The counted requests that were not answered with 2xx or 3xx."""
        return [request for request in self.counted if not succeeded(request)]

    def latency(self, percentile: float, *kinds: str) -> float:
        """A percentile of the latency of successful requests, in milliseconds.

        Latency counts from when a request was due. It is infinite when no request succeeded.
        """
        times = [
            request["end"] - request["at"] for request in self.of_kind(*kinds) if succeeded(request)
        ]
        return float(numpy.percentile(times, percentile)) * 1000 if times else float("inf")


def ratio_of_latency(
    before: list[Phase],
    after: list[Phase],
    percentile: float,
    *kinds: str,
    level: float = LEVEL,
) -> Interval:
    """A percentile of the latency `after`, divided by that `before`, with its interval.

    Each phase gives one value, because a disturbance can last for all of a phase: however many
    requests it has, they say nothing about the next one. See estimates.ratio.
    """
    first, second = (
        [phase.latency(percentile, *kinds) for phase in side] for side in (before, after)
    )
    return estimates.ratio(first, second, level=level)


def change_of_latency(
    before: list[Phase],
    after: list[Phase],
    percentile: float,
    *kinds: str,
    level: float = LEVEL,
) -> Interval:
    """The relative change of such a percentile (0.2: 20 % more), with its interval."""
    ratio = ratio_of_latency(before, after, percentile, *kinds, level=level)
    return Interval(*(bound - 1 for bound in ratio))


def succeeded(request: dict) -> bool:
    return 200 <= request["status"] < 400


class Records:
    """Everything that one experiment recorded."""

    def __init__(self, lines: Iterable[dict]) -> None:
        self.header, *others = lines
        self.phases: list[Phase] = []
        self.set_aside: list[Phase] = []
        self.all_facts: list[dict] = []
        for line in others:
            match line["record"]:
                case "phase":
                    phase = Phase(line)
                    (self.set_aside if line.get("set_aside") else self.phases).append(phase)
                case "request":
                    phase.requests.append(line)
                case "event":
                    phase.events.append(line)
                case "fact":
                    self.all_facts.append(line)

    @property
    def level(self) -> float:
        """Of the intervals that conditions use: 0.95, or more when the run was judged often.

        See lab/laboratory/until_decided.py.
        """
        looks = sum(fact["most"] for fact in self.facts("looks"))
        return 1 - (1 - LEVEL) / max(1, looks)

    @property
    def watched(self) -> list[dict]:
        """What neighbours took in each phase, and in each block that was watched without load."""
        found = [phase.others for phase in self.phases]
        found += [fact["others"] for fact in self.facts("neighbours")]
        return list(filter(None, found))

    def where(self, **labels: Any) -> list[Phase]:
        """The phases that have all these labels, in order."""
        return [phase for phase in self.phases if labels.items() <= phase.labels.items()]

    def failures(self, *kinds: str, **labels: Any) -> tuple[int, int]:
        """(failed, sent): requests of these kinds, or of all, in the phases with these labels."""
        sent = [request for phase in self.where(**labels) for request in phase.of_kind(*kinds)]
        return sum(not succeeded(request) for request in sent), len(sent)

    def facts(self, name: str, **values: Any) -> list[dict]:
        """The facts with this name and these values, in the order in which they were recorded."""
        wanted = {"name": name, **values}
        return [fact for fact in self.all_facts if wanted.items() <= fact.items()]


def read(path: str | PathLike) -> Records:
    """The records in a file; a Failure when the file is damaged."""
    lines: list[dict] = []
    try:
        with open(path) as file:
            lines.extend(map(json.loads, file))
    except ValueError:
        raise _damaged(path, f"line {len(lines) + 1} is no record") from None
    if not lines:
        raise _damaged(path, "it is empty")
    return Records(lines)


def _damaged(path: str | PathLike, why: str) -> Failure:
    return Failure(
        f"{path} is damaged: {why}", "take it from a copy, or ./escala run the experiment again"
    )


class Writer:
    """Writes the records of one experiment, each one as soon as it exists."""

    def __init__(self, file: TextIO, **header: Any) -> None:
        self.file, self.phases = file, 0
        self._write({"record": "header"} | header)

    def phase(
        self,
        labels: dict[str, Any],
        times: tuple[float, float, float],
        requests: list[dict],
        events: list[dict],
        others: dict[str, Any] | None = None,
        *,
        set_aside: bool = False,
    ) -> Phase:
        """Writes a phase and returns it; `times` are rate (requests/s), seconds and warm-up.

        `others` is what neighbours took. A phase that is `set_aside` is measured again, and the
        next one gets its number.
        """
        line: dict[str, Any] = dict(zip(("rate", "seconds", "warmup"), times, strict=True))
        line |= {"number": self.phases, "labels": labels, "others": others or {}}
        line |= {"set_aside": True} if set_aside else {}
        self._write({"record": "phase"} | line)
        for kind, records in (("request", requests), ("event", events)):
            for record in records:
                self._write({"record": kind} | record)
        self.phases += not set_aside
        phase = Phase(line)
        phase.requests, phase.events = requests, events
        return phase

    def fact(self, name: str, **values: Any) -> None:
        self._write({"record": "fact", "name": name} | values)

    def _write(self, line: dict) -> None:
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
