"""Made-up raw records of an experiment, so that a test knows the right judgement."""

import io
import json

from lab.analysis import records


def requests(rate, seconds, latency_ms, *, failed=0, late_ms=0.1, **fields):
    """Evenly spaced requests, the first `failed` after the warm-up answered 503."""
    made = []
    for number in range(int(rate * seconds)):
        at = number / rate
        start = at + late_ms / 1000
        made.append(
            {
                "at": at,
                "start": start,
                "end": at + latency_ms / 1000,
                "kind": "read",
                "status": 200,
                **fields,
            }
        )
    counted = [request for request in made if request["at"] >= 0.5]
    for request in counted[:failed]:
        request["status"] = 503
    return made


class Made:
    """Builds records: phase() and fact() add to them, read() returns what judge() gets."""

    def __init__(self, experiment):
        self.file = io.StringIO()
        header = {"experiment": experiment.ID, "seed": 1, "quick": True, "proving": False}
        self.writer = records.Writer(self.file, **header)

    def phase(self, rate, latency_ms, *, seconds=4, labels, **fields):
        self.writer.phase(
            labels, (rate, seconds, 0.5), requests(rate, seconds, latency_ms, **fields), []
        )
        return self

    def fact(self, name, **values):
        self.writer.fact(name, **values)
        return self

    def read(self, audited=True):
        if audited:
            self.fact("audit", violations=[])
        return records.Records([json.loads(line) for line in self.file.getvalue().splitlines()])
