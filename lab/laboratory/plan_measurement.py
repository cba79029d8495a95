"""Measures what a read, an order and a report cost in each part of the system, for `./escala plan`.

Each turn has four phases, which lab/analysis/unit_costs.py separates into the cost of each kind:
hardly any load, reads alone, reads with orders, and reads while a worker makes reports. The last
three use most of the processors: a request costs less there than when every process has to be woken
for it.
"""

import datetime
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lab import console
from lab.analysis.records import Writer
from lab.laboratory.laboratory import Laboratory, laboratory
from lab.stack import desired, machine
from lab.workload import load, shop
from lab.workload.load import RequestFactory

RAW = "plan.jsonl"  # in a folder of results
PLAN: Any = SimpleNamespace(ID="plan")  # what a Laboratory needs of an experiment
LOADED = 0.7  # of the processors, that a phase uses
MOST_RATE = 900  # requests/s; one generator sends no more on time
REPORTS = 20  # of a turn; enough that most of them wait for the worker


def measure(path: Path, *, quick: bool, seed: int) -> None:
    """Measures on a disposable system; writes the raw records to `path`."""
    with laboratory(quick=quick, seed=seed) as lab, open(path, "w") as file:
        measure_turns(lab, begin(lab, Writer(file, **header(quick=quick, seed=seed))))


def header(*, quick: bool, seed: int) -> dict[str, Any]:
    """What the records begin with: how and when they were made, on which machine and commit."""
    began = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    about = {"experiment": PLAN.ID, "seed": seed, "quick": quick, "proving": False}
    return about | {"began": began} | machine.fingerprint()


def begin(lab: Laboratory, writer: Writer) -> "Requests":
    """Starts a system with enough instances; returns what is sent to it."""
    lab.begin(PLAN, writer)
    with console.step("a system started"):
        lab.configure(replicas=min(desired.LIMITS["core"], 2 * machine.cores()))
    lab.fact("machine", cores=machine.cores())
    return Requests(lab)


class Requests:
    """The requests that are measured; their costs are those of every plan."""

    def __init__(self, lab: Laboratory) -> None:
        skus = shop.restock(lab.system.home.port("haproxy"), lab.bearer("admin"))
        self.read = shop.catalogue_reads(lab)
        self.order = shop.order_requests(lab, skus, "plan")
        self.report = shop.report_request(lab, until=1)

    def mix(self, shares: dict[str, float]) -> RequestFactory:
        """A request factory of these shares of reads, orders and reports."""
        factories = {"reads": self.read, "orders": self.order, "reports": lambda _: self.report}
        return load.mixture(*((share, factories[kind]) for kind, share in shares.items()))


def measure_turns(lab: Laboratory, requests: Requests) -> None:
    """Measures turn after turn; the last fact says that all of them were."""
    turns, seconds = (3, 2.5) if lab.quick else (5, 4.0)
    orders = requests.mix({"reads": 10, "orders": 1})
    reads = high_rate(lab, requests.read)
    phases = {
        "quiet": (requests.mix({"reads": 4, "orders": 1}), 10.0, 0),
        "reads": (requests.read, reads, 0),
        "orders": (orders, high_rate(lab, orders), 0),
        "reports": (requests.read, 0.5 * reads, REPORTS),
    }
    for turn in range(turns):
        with console.step(f"turn {turn + 1} of {turns}"):
            for part, (factory, rate, reports) in phases.items():
                how = {"seconds": seconds, "turn": turn, "part": part}
                measure_phase(lab, requests, factory, rate, reports, **how)
    lab.fact("ended")


def high_rate(lab: Laboratory, factory: RequestFactory) -> float:
    """The rate of these requests that uses about LOADED of the processors; nothing is recorded.

    It is approached in steps, because a request costs less at a higher rate.
    """
    rate = 60.0
    for step in range(4):
        sent = load.arrivals(factory, rate=rate, seconds=1.5, seed=f"{lab.seed}/{step}")
        before = now(lab)
        lab.send(sent, ())
        settle(lab)
        spent = {name: value - before[name] for name, value in now(lab).items()}
        used = sum(spent.values()) - spent["over"]
        rate = min(MOST_RATE, 3 * rate, LOADED * machine.cores() * len(sent) / used)
    return rate


def measure_phase(
    lab: Laboratory,
    requests: Requests,
    factory: RequestFactory,
    rate: float,
    reports: int,
    **how: Any,
) -> None:
    """One phase, and what each part used until everything that it caused was done."""
    before: dict[str, float] = {}
    jobs: list[str] = []

    def prepare() -> None:
        settle(lab)
        jobs.clear()
        before.update(now(lab))

    def burst() -> None:
        shop.request_reports(lab, requests.report, reports, jobs)

    during = [(0.2, burst)] if reports else []
    phase = lab.load(factory, rate=rate, again=True, prepare=prepare, during=during, **how)
    settle(lab)
    spent = {name: round(value - before[name], 4) for name, value in now(lab).items()}
    over = spent.pop("over")
    lab.fact("processor time", phase=phase.number, over=over, reports=len(jobs), seconds=spent)
    if jobs:
        lab.fact("reports ended", at=shop.ends_of_jobs(lab, jobs))


def settle(lab: Laboratory) -> None:
    """Waits until nothing that was sent before is still being done."""
    shop.wait_for_events(lab)
    shop.wait_for_jobs(lab)


def now(lab: Laboratory) -> dict[str, float]:
    """The processor time of each part until now, and `over`, the time itself; all in seconds."""
    return {"over": time.monotonic()} | lab.processor_seconds()
