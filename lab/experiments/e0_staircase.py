"""0: what does each of the five properties add, from the monolith's choices to all of them?"""

import itertools
from typing import NamedTuple

from lab.analysis import capacity, estimates, figures
from lab.analysis.capacity import Objective
from lab.analysis.verdict import Judgement, Measure, decide, hardly_any
from lab.experiments.protocol import Proof, Seconds
from lab.workload import load, shop
from lab.workload.shop import catalogue_reads

ID, CLAIM = "0", 0
HEADLINE = True
TITLE = "From a monolith to services, step by step"
QUESTION = "What do a monolith's customers gain with each of the five properties?"
HYPOTHESIS = (
    "With all five the same machine carries at least 1.25 times as much as with the monolith's choices, p95 at a load"
    " just beyond the monolith's capacity is a fifth lower or more, no more than 0.1 % of the requests fail there, and"
    " none fails when an instance dies; every report that was accepted is made."
)
METHOD = (
    "One workload: 95 % reads of the catalogue (as in 3a), 4 % orders, 1 % sales reports of 90 days. It begins with"
    " one instance, no cache, logins in memory (a patch), reports made within their request, orders that wait for"
    " analytics_api (a patch), and no health checks, redispatch and retries (patches); then one property after the"
    " other is added. On each step: the capacity (p95 within 300 ms, at most 0.1 % fail), p95 and failures at 1.3 times"
    " the monolith's capacity, and at 0.6 times it the requests that fail when core-1 is killed and stays dead."
)
LIMITS = (
    "The order of the steps decides what each seems to add. All parts share one machine: what a second instance or a"
    " worker takes, the others lack. Two instances suffice to survive; capacity over their number is 1a and 1b."
)
OUTAGE = ("health-checks", "redispatch", "l7-retries")
PROOF = Proof(
    "health checks, redispatch and retries are missing on every step, there is no cache, and logins stay in memory",
    patches=(*OUTAGE, "logins-in-memory"),
    levers={"CACHE": "off"},
)
SECONDS = Seconds(quick=190, full=210)
OBJECTIVE = Objective(p95_ms=300)
GAIN, LOWER = 1.25, 0.8
BEYOND, WELL_BELOW = 1.3, 0.6  # times the monolith's capacity
MONOLITH = {"replicas": 1, "CACHE": "off", "TASKS": "inline", "ANALYTICS": "off"}
MONOLITH["patches"] = ("synchronous-analytics", "logins-in-memory", *OUTAGE)
STEPS = {  # what each one changes; all that came before stays
    "monolith": MONOLITH,
    "1 replicas": {"replicas": 2},
    "2 failover": {"patches": ("synchronous-analytics", "logins-in-memory")},
    "3 cache": {"CACHE": "redis"},
    "4 tokens": {"patches": ("synchronous-analytics",)},
    "5 tasks, events": {"TASKS": "queued", "ANALYTICS": "events", "patches": ()},
}


def measure(lab):
    system, found, monolith, failed = {}, 90, None, None
    search = {"seconds": 3, "precision": 1.3 if lab.quick else 1.15}
    for step, change in STEPS.items():
        system |= change
        lab.set(**system)
        failed = shop.count_jobs(lab, "failed") if failed is None else failed
        requests = workload(lab, step)
        found = lab.capacity(requests, OBJECTIVE, guess=found, **search, step=step, part="probe")
        monolith = monolith or found
        lab.load(requests, rate=BEYOND * monolith, seconds=4, step=step, part="load")
        kill, rate = (1.5, lambda: lab.kill("core-1")), WELL_BELOW * monolith
        lab.load(requests, rate=rate, seconds=4.5, during=[kill], step=step, part="death")
    shop.wait_for_jobs(lab, seconds=180)  # what the worker has not come to yet
    lab.fact("failed jobs", count=shop.count_jobs(lab, "failed") - failed)
    lab.audit()


def workload(lab, name):
    """A chooser of reads, orders and reports by people who have just logged in; orders' keys begin
    with `name`."""
    stocked = lab.sql("core", "SELECT sku FROM catalog_product WHERE active AND stock > 90")
    customers, reports = (
        [lab.bearer("customer") for _ in range(3)],
        [shop.report_request(lab) for _ in range(2)],
    )

    def order(chance):
        key = {"Idempotency-Key": f"{name} {chance.getrandbits(64):x}"}
        body = {"lines": [{"sku": chance.choice(stocked)[0], "quantity": 1}]}
        headers = chance.choice(customers) | key
        return {
            "kind": "order",
            "method": "POST",
            "path": "/api/orders/",
            "headers": headers,
            "body": body,
        }

    def report(chance):
        return chance.choice(reports)(chance)

    return load.mixture((95, catalogue_reads(lab)), (4, order), (1, report))


def settled(records):
    """The probes that were the capacity, and the common load where it was carried: others were
    meant to be too much."""
    probes = [records.where(step=step, part="probe") for step in STEPS]
    best = [capacity.best_phase(phases, OBJECTIVE) for phases in probes]
    carried = [phase for phase in records.where(part="load") if OBJECTIVE.is_met_by(phase)]
    return [phase for phase in best if phase] + carried


class Step(NamedTuple):
    """What a step carries (requests/s); of the common loads p95 (ms), (failed, sent) without a
    death and with one."""

    capacity: estimates.Interval
    p95: float
    before: tuple
    death: tuple


def found(records):
    """{step: Step}"""
    steps = {}
    for step in STEPS:
        most = capacity.of(records.where(step=step, part="probe"), OBJECTIVE)
        (loaded,) = records.where(step=step, part="load")
        failed = [records.failures(step=step, part=part) for part in ("load", "death")]
        steps[step] = Step(most, loaded.latency(95), *failed)
    return steps


def judge(records):
    steps, measures = found(records), {}
    for name, step in steps.items():
        measures[f"capacity, {name}"] = Measure.of(step.capacity, "requests/s")
        measures[f"p95, {name}"] = Measure.exact(round(step.p95, 1), "ms")
        measures[f"failed at that load, {name}"] = Measure.exact(
            step.before[0], f"of {step.before[1]} requests"
        )
        measures[f"failed, {name}"] = Measure.percent(estimates.share(*step.death), "% of requests")
    first, last = steps["monolith"], steps["5 tasks, events"]
    gain = last.capacity.value / first.capacity.value
    bounds = last.capacity.low / first.capacity.high, last.capacity.high / first.capacity.low
    (unmade,) = records.facts("failed jobs")
    measures["reports that were accepted and not made"] = Measure.exact(unmade["count"], "reports")
    measures["gain, all five"] = Measure(gain, *bounds, "times the monolith's capacity")
    return Judgement(
        decide(
            gain >= GAIN,
            last.p95 <= LOWER * first.p95,
            hardly_any(*last.before),
            last.death[0] == 0,
            unmade["count"] == 0,
            first.death[0] > 0,
        ),
        f"with all five the machine carries {gain:.1f} times as much; an instance's death fails"
        f" {last.death[0]} requests instead of {first.death[0]}",
        measures,
        costs=(
            "more kinds of processes to run and to watch",
            "analytics learns of an order a moment later",
            *losses(steps),
        ),
    )


def losses(steps):
    """A sentence for each step that carries less than the one before it."""
    for (_, before), (name, after) in itertools.pairwise(steps.items()):
        if after.capacity.value < before.capacity.value:
            yield (
                f"with {name!r} the capacity falls from {before.capacity.value:.0f}"
                f" to {after.capacity.value:.0f} requests/s"
            )


def figure(records, axes):
    most, p95, _, failed = zip(*found(records).values(), strict=True)
    above = [0 if each.high == float("inf") else each.high - each.value for each in most]
    top, middle, bottom = figures.split(axes, [1, 1, 1])
    values = [each.value for each in most]
    draw(
        top, values, "#0072B2", "capacity\n(requests/s)", yerr=[[0] * len(above), above], capsize=3
    )
    draw(middle, p95, "#009E73", "p95, same\nload (ms)")
    draw(
        bottom,
        [100 * count / sent for count, sent in failed],
        "#D55E00",
        "failed when one\ndies (%)",
    )


def draw(axes, values, color, label, **bounds):
    words = [f"{value:.0f}" if value >= 10 else f"{value:.1f}" for value in values]
    axes.bar_label(axes.bar(list(STEPS), values, color=color, **bounds), words)
    axes.set_ylabel(label)
    axes.margins(y=0.25)
