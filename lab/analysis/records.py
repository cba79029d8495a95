"""RECORDS: the raw data of one experiment, as a file of JSON lines and as the phases that judges
and figures read.

The first line is the header (experiment, seed, quick, proving). Then, in the order of their making:
`phase`, the requests sent in it, `event` (what was done in it, and when), and `fact` (anything else
that was measured).
"""

import json
from functools import cached_property

import numpy

from lab.errors import Failure


class Phase:
    """Some seconds of load under one setting, which `labels` tell. Times are seconds since the
    phase's zero."""

    def __init__(self, line):
        self.number, self.labels = line["number"], line["labels"]
        self.rate, self.seconds, self.warmup = line["rate"], line["seconds"], line["warmup"]
        self.requests, self.events = [], []

    @cached_property
    def counted(self):
        """The requests that were due after the warm-up."""
        return [request for request in self.requests if request["at"] >= self.warmup]

    def of_kind(self, *kinds):
        return [request for request in self.counted if request["kind"] in kinds]

    @property
    def failed(self):
        """The requests, the warm-up's excepted, that were not answered with 2xx or 3xx."""
        return [request for request in self.counted if not succeeded(request)]

    @property
    def throughput(self):
        """Successful requests per second."""
        return (len(self.counted) - len(self.failed)) / (self.seconds - self.warmup)

    def latency(self, percentile, *kinds):
        """Milliseconds, counted from when a request was due, that so many percent of the successful
        ones took."""
        requests = self.of_kind(*kinds) if kinds else self.counted
        times = [request["end"] - request["at"] for request in requests if succeeded(request)]
        return float(numpy.percentile(times, percentile)) * 1000 if times else float("inf")


def succeeded(request):
    return 200 <= request["status"] < 400


class Records:
    """Everything that one experiment recorded."""

    def __init__(self, lines):
        header, *lines = lines
        self.header, self.phases, self.facts_told = header, [], []
        for line in lines:
            match line["record"]:
                case "phase":
                    self.phases.append(Phase(line))
                case "request":
                    self.phases[-1].requests.append(line)
                case "event":
                    self.phases[-1].events.append(line)
                case "fact":
                    self.facts_told.append(line)

    def where(self, **labels):
        """The phases that carry all these labels, in order."""
        return [phase for phase in self.phases if labels.items() <= phase.labels.items()]

    def failures(self, *kinds, **labels):
        """(failed, sent): the requests of these kinds, or of all, in the phases that carry these
        labels."""
        phases = self.where(**labels)
        sent = [r for phase in phases for r in (phase.of_kind(*kinds) if kinds else phase.counted)]
        return sum(not succeeded(request) for request in sent), len(sent)

    def facts(self, name):
        """Every fact of this name, in order, as it was told."""
        return [line for line in self.facts_told if line["name"] == name]


def read(path):
    """The records in a file; a Failure when it is not whole."""
    lines = []
    try:
        with open(path) as file:
            lines.extend(map(json.loads, file))
    except ValueError:
        raise _damaged(path, f"line {len(lines) + 1} is no record") from None
    if not lines:
        raise _damaged(path, "it is empty")
    return Records(lines)


def _damaged(path, why):
    return Failure(
        f"{path} is damaged: {why}", "take it from a copy, or ./escala run the experiment again"
    )


class Writer:
    """Writes the records of one experiment, each as soon as it is told."""

    def __init__(self, file, **header):
        self.file, self.phases = file, 0
        self._write({"record": "header"} | header)

    def phase(self, labels, times, requests, events):
        """Writes a phase; `times` are its rate (requests/s), seconds, and seconds of warm-up. Gives
        it back."""
        line = dict(zip(("rate", "seconds", "warmup"), times, strict=True))
        line |= {"number": self.phases, "labels": labels}
        self._write({"record": "phase"} | line)
        for kind, records in (("request", requests), ("event", events)):
            for record in records:
                self._write({"record": kind} | record)
        self.phases += 1
        phase = Phase(line)
        phase.requests, phase.events = requests, events
        return phase

    def fact(self, name, **values):
        self._write({"record": "fact", "name": name} | values)

    def _write(self, line):
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
