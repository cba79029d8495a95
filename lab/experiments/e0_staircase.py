"""0: what does each of the five properties add to a monolith?"""

import itertools
import statistics
from typing import NamedTuple

from lab.analysis import capacity, estimates, figures
from lab.analysis.capacity import Objective
from lab.analysis.conditions import at_least, at_most, few
from lab.analysis.records import Phase, ratio_of_latency
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Guess, Proof, Seconds
from lab.workload import load, shop

ID, CLAIM = "0", 0
HEADLINE = True
TITLE = "From a monolith to services, step by step"
QUESTION = "What do the customers of a monolith gain with each of the five properties?"
HYPOTHESIS = (
    "With all five properties the same machine carries at least 1.25 times the load of the"
    " monolith. At a load just beyond the monolith's capacity, p95 is at least a fifth lower and"
    " at most 0.1 % of the requests fail. No request fails when an instance dies, and every report"
    " that was accepted is made."
)
METHOD = (
    "One workload: 95 % reads of the catalogue (as in 3a), 4 % orders, 1 % sales reports of 90"
    " days. The monolith is one instance without a cache. By patches it keeps logins in memory,"
    " its orders wait for analytics_api, and HAProxy has no health checks, redispatch and retries."
    " Reports are made within their request. Then one property after the other is added. For each"
    " step three things are measured: the capacity (p95 within 300 ms, at most 0.1 % fail); p95"
    " and failures at 1.3 times the monolith's capacity (three times for the first and the last"
    " step, which are compared); and, at 0.6 times that capacity, the requests that fail when"
    " core-1 is killed and stays dead."
)
LIMITS = (
    "What each step seems to add depends on the order of the steps. All processes share one"
    " machine: a second instance or a worker takes processor time from the others. Two instances"
    " are enough to survive a death; 1a and 1b measure capacity with more."
)
OUTAGE = ("health-checks", "redispatch", "l7-retries")
PROOF = Proof(
    "every step lacks health checks, redispatch and retries, there is no cache, and logins stay in"
    " memory",
    patches=(*OUTAGE, "logins-in-memory"),
    levers={"CACHE": "off"},
)
GUESS = Guess(
    "how many times the monolith's load does the machine carry with all five properties?",
    "gain, all five",
)
SECONDS = Seconds(quick=190, full=210)
OBJECTIVE = Objective(p95_ms=300)
MIN_GAIN = 1.25  # of capacity
MAX_P95 = 0.8  # times that of the monolith
BEYOND, WELL_BELOW = 1.3, 0.6  # times the monolith's capacity
MONOLITH = {"replicas": 1, "CACHE": "off", "TASKS": "inline", "ANALYTICS": "off"}
MONOLITH["patches"] = ("synchronous-analytics", "logins-in-memory", *OUTAGE)
STEPS = {  # what each step changes; it keeps the changes of the steps before it
    "monolith": MONOLITH,
    "1 replicas": {"replicas": 2},
    "2 failover": {"patches": ("synchronous-analytics", "logins-in-memory")},
    "3 cache": {"CACHE": "redis"},
    "4 tokens": {"patches": ("synchronous-analytics",)},
    "5 tasks, events": {"TASKS": "queued", "ANALYTICS": "events", "patches": ()},
}
PHASES = {"monolith": 3, "5 tasks, events": 3}  # at the common load: these two are compared
NONE_MAY_FAIL = ({"step": "5 tasks, events", "part": "death"},)


def measure(lab):
    system, monolith, failed = {}, None, None
    found = 90  # the first rate to try
    search = {"seconds": 3, "precision": 1.3 if lab.quick else 1.15}
    for step, change in STEPS.items():
        system |= change
        lab.configure(**system)
        failed = shop.count_jobs(lab, "failed") if failed is None else failed
        requests = workload(lab, step)
        found = lab.capacity(requests, OBJECTIVE, guess=found, **search, step=step, part="probe")
        monolith = monolith or found
        for _ in range(PHASES.get(step, 1)):
            lab.load(
                requests, rate=BEYOND * monolith, seconds=3, again=True, step=step, part="load"
            )
        kill, rate = (1.5, lambda: lab.kill("core-1")), WELL_BELOW * monolith
        lab.load(requests, rate=rate, seconds=4.5, during=[kill], step=step, part="death")
    shop.wait_for_jobs(lab, seconds=180)  # the worker may still have reports to make
    lab.fact("failed jobs", count=shop.count_jobs(lab, "failed") - failed)
    lab.audit()


def workload(lab, name):
    """A request factory of reads, orders and reports by users who have just logged in.

    The idempotency keys of the orders begin with `name`.
    """
    stocked = lab.sql("core", "SELECT sku FROM catalog_product WHERE active AND stock > 90")
    customers = [lab.bearer("customer") for _ in range(3)]
    reports = [shop.report_request(lab) for _ in range(2)]

    def order(chance):
        key = {"Idempotency-Key": shop.key_prefix(name, f"{chance.getrandbits(64):x}")}
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
        return chance.choice(reports)

    return load.mixture((95, shop.catalogue_reads(lab)), (4, order), (1, report))


def steady_phases(records):
    """The phases at capacity, and the common load where it was carried; others overload."""
    probes = [records.where(step=step, part="probe") for step in STEPS]
    best = [capacity.best_phase(phases, OBJECTIVE) for phases in probes]
    carried = [phase for phase in records.where(part="load") if OBJECTIVE.is_met_by(phase)]
    return [phase for phase in best if phase] + carried


class Step(NamedTuple):
    """What was measured on one step."""

    capacity: estimates.Interval  # requests/s
    loaded: list[Phase]  # at 1.3 times the monolith's capacity
    p95: float  # ms, at that load: the geometric mean over its phases
    failed_at_load: tuple[int, int]  # (failed, sent), at that load too
    failed_at_death: tuple[int, int]  # (failed, sent), when an instance is killed


def measured_steps(records):
    """{name: Step}"""
    steps = {}
    for step in STEPS:
        most = capacity.of(records.where(step=step, part="probe"), OBJECTIVE)
        loaded = records.where(step=step, part="load")
        p95 = statistics.geometric_mean([phase.latency(95) for phase in loaded])
        failed = [records.failures(step=step, part=part) for part in ("load", "death")]
        steps[step] = Step(most, loaded, p95, *failed)
    return steps


def judge(records):
    steps, measures = measured_steps(records), {}
    for name, step in steps.items():
        measures[f"capacity, {name}"] = Measure.of(step.capacity, "requests/s")
        measures[f"p95, {name}"] = Measure.exact(round(step.p95, 1), "ms")
        failed, sent = step.failed_at_load
        measures[f"failed at that load, {name}"] = Measure.exact(failed, f"of {sent} requests")
        share = estimates.share(*step.failed_at_death)
        measures[f"failed, {name}"] = Measure.percent(share, "% of requests")
    first, last = steps["monolith"], steps["5 tasks, events"]
    gain = last.capacity.over(first.capacity)
    (unmade,) = records.facts("failed jobs")
    measures["reports that were accepted and not made"] = Measure.exact(unmade["count"], "reports")
    measures["gain, all five"] = Measure.of(gain, "times the monolith's capacity")
    return Judgement(
        conditions(first, last, unmade["count"]),
        f"with all five properties the machine carries {gain.value:.1f} times the load;"
        f" when an instance dies, {last.failed_at_death[0]} requests fail"
        f" instead of {first.failed_at_death[0]}",
        measures,
        costs=(
            "more kinds of processes to run and to monitor",
            "analytics_api records an order a moment after the shop",
            *losses(steps),
        ),
    )


def conditions(first, last, unmade):
    """What must be true of the first and the last step, and of the reports."""
    load = f"at {BEYOND} times the monolith's capacity"
    p95 = ratio_of_latency(first.loaded, last.loaded, 95)
    (failed, sent), (failed_first, sent_first) = last.failed_at_death, first.failed_at_death
    return (
        at_least(
            "capacity with all five properties",
            last.capacity.over(first.capacity),
            MIN_GAIN,
            "times the monolith's",
        ),
        at_most(f"p95 {load}", p95, MAX_P95, "times the monolith's"),
        few(f"requests that failed {load}", *last.failed_at_load, "requests"),
        at_most("requests that failed when one of two instances died", failed, 0, f"of {sent}"),
        at_most("reports that were accepted and not made", unmade, 0, "reports"),
        at_least(
            "requests that failed when the monolith died", failed_first, 1, f"of {sent_first}"
        ),
    )


def losses(steps):
    """A sentence for each step that surely carries less than the one before it."""
    for (_, before), (name, after) in itertools.pairwise(steps.items()):
        if after.capacity.high < before.capacity.low:
            yield (
                f"with {name!r} the capacity falls from {before.capacity.value:.0f}"
                f" to {after.capacity.value:.0f} requests/s"
            )


def figure(records, axes):
    most, _, p95, _, failed = zip(*measured_steps(records).values(), strict=True)
    above = [0 if each.high == float("inf") else each.high - each.value for each in most]
    top, middle, bottom = figures.stack_axes(axes, [1, 1, 1])
    values = [each.value for each in most]
    draw(
        top, values, "#0072B2", "capacity\n(requests/s)", yerr=[[0] * len(above), above], capsize=3
    )
    draw(middle, p95, "#009E73", "p95, same\nload (ms)")
    draw(
        bottom,
        [100 * count / sent for count, sent in failed],
        "#D55E00",
        "failed at\na death (%)",
    )


def draw(axes, values, color, label, **bounds):
    words = [f"{value:.0f}" if value >= 10 else f"{value:.1f}" for value in values]
    axes.bar_label(axes.bar(list(STEPS), values, color=color, **bounds), words)
    axes.set_ylabel(label)
    axes.margins(y=0.25)
