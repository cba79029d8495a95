"""A made-up measurement of `./escala plan`, of a system whose costs are known."""

import random

from lab.analysis.records import Writer
from lab.analysis.unit_costs import Costs

# Processors when idle; seconds of processor time for a read, an order and a report.
COSTS = {
    "core": Costs(0.02, 0.003, 0.010, 0.010),
    "postgres": Costs(0.01, 0.0005, 0.004, 0.050),
    "worker": Costs(0.02, 0, 0, 0.200),
    "relay": Costs(0.03, 0, 0.002, 0.002),
    "generator": Costs(0.00, 0.001, 0.001, 0.001),
}
# What each phase of a turn sends: (seconds, reads, orders, reports).
PHASES = {"quiet": (3, 24, 6, 0), "reads": (3, 300, 0, 0)}
PHASES |= {"orders": (4, 150, 30, 0), "reports": (4, 150, 0, 6)}


def write(path, *, cores=2, turns=4, differ=0.0, costs=COSTS, latency=(10, 30), **more):
    """Writes it to `path`; the turns differ by about this share, and `latency` is in ms.

    `more`: `others` of the phases, `failed`, how many requests of each phase do, `finished`,
    whether the last fact is there, and `quick`.
    """
    chance = random.Random(1)
    with open(path, "w") as file:
        header = {"experiment": "plan", "seed": 1, "quick": more.get("quick", False)}
        header |= {"proving": False, "began": "2026-11-27T10:31:00+00:00", "commit": "411042b"}
        writer = Writer(file, **header)
        writer.fact("machine", cores=cores)
        for turn in range(turns):
            factor = 1 + chance.uniform(-differ, differ)
            for part, (seconds, reads, orders, reports) in PHASES.items():
                requests = made(reads, orders, seconds, latency, more.get("failed", 0))
                labels, times = {"turn": turn, "part": part}, (reads / seconds, seconds, 0.5)
                phase = writer.phase(labels, times, requests, [], more.get("others"))
                used = {
                    name: factor * (each.idle * seconds + each.reads * reads + each.orders * orders)
                    + factor * each.reports * reports
                    for name, each in costs.items()
                }
                done = {"over": seconds, "reports": reports, "seconds": used}
                writer.fact("processor time", phase=phase.number, **done)
            writer.fact("reports ended", at=[turn + 0.25 * number for number in range(6)])
        if more.get("finished", True):
            writer.fact("ended")
    return path


def made(reads, orders, seconds, latency, failed):
    """The requests of a phase, evenly spaced; the orders are spread among the reads."""
    total = reads + orders
    places = {round(number * total / orders) for number in range(orders)} if orders else set()
    requests = []
    for number in range(total):
        at, kind = number * seconds / total, "order" if number in places else "product"
        end = at + latency[kind == "order"] / 1000
        status = 503 if total - number <= failed else 200
        requests.append({"at": at, "start": at, "end": end, "kind": kind, "status": status})
    return requests
