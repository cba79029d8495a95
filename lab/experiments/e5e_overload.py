"""5e: what do clients notice when more requests arrive than the instances can answer?"""

import statistics

from lab.analysis import estimates
from lab.analysis.conditions import at_least, at_most, few, percent
from lab.analysis.records import succeeded
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import load

ID, CLAIM = "5e", 5
TITLE = "Overload is refused and does not pile up"
QUESTION = "How long do clients wait while 1.5 times as many requests arrive as can be served?"
HYPOTHESIS = (
    "With HAProxy's limits p95 of the answered requests is at most 2 s, at least 15 % of all are"
    " refused with 503, and at most 5 % fail in another way. Without the limits the wait grows"
    " all the time: in the last third of the load its median is at least 2.5 s. The limits leave at"
    " least 70 % of the requests that are answered per second without them."
)
METHOD = (
    "Two instances have five slots each. A request takes 0.2 s (GET /api/lab/wait/), so 50 per"
    " second can be served, and 75 per second arrive for 9 s. The limits are HAProxy's: a request"
    " waits at most 1 s for a slot, and when more than 20 per instance wait, the next is refused."
    " A patch removes them. Both sides are interleaved, with the same arrivals."
)
LIMITS = (
    "These requests wait and do not compute, so the capacity is known and does not depend on the"
    " machine. tests/system/test_overload.py overloads the shop with orders and pages."
)
PROOF = Proof("HAProxy's queue has no limits on both sides", patches=("bounded-queue",))
SECONDS = Seconds(quick=86, full=140)
SIDES = {"limits": (), "no limits": ("bounded-queue",)}
INSTANCES, SLOTS = 2, 5  # INSTANCE_REQUESTS in haproxy.cfg
TAKES = 0.2  # seconds that a request occupies its slot
RATE, LENGTH, WARMUP = 1.5 * INSTANCES * SLOTS / TAKES, 9, 2


def measure(lab):
    request = load.get(f"/api/lab/wait/?ms={1000 * TAKES:.0f}", "wait")
    for turn in range(3 if lab.quick else 4):
        for side, patches in there_and_back(SIDES.items(), turn):
            lab.configure(replicas=INSTANCES, patches=patches)
            how = {"rate": RATE, "seconds": LENGTH, "warmup": WARMUP, "draw": turn, "again": True}
            lab.load(request, **how, side=side)
    lab.audit()


def steady_phases(records):
    """None: no system keeps up with more than its capacity."""
    return []


def late_median(phase):
    """The median time (s) until an answer, of the requests that were due in the last third."""
    return statistics.median(
        request["end"] - request["at"]
        for request in phase.counted
        if request["at"] >= LENGTH * 2 / 3
    )


def answered_per_second(phase):
    """How many requests were answered while the load lasted, after the warm-up."""
    answered = [request for request in phase.requests if succeeded(request)]
    return sum(WARMUP <= request["end"] < LENGTH for request in answered) / (LENGTH - WARMUP)


def judge(records):
    phases = {side: records.where(side=side) for side in SIDES}
    limited, unlimited = phases.values()
    p95 = estimates.mean([phase.latency(95) / 1000 for phase in limited])
    late = {side: estimates.mean([*map(late_median, each)]) for side, each in phases.items()}
    rates = {
        side: estimates.mean([*map(answered_per_second, each)]) for side, each in phases.items()
    }
    counted = [request for phase in limited for request in phase.counted]
    refused = [request for request in counted if request["status"] == 503]
    otherwise = sum(not succeeded(request) for request in counted) - len(refused)
    share = estimates.share(len(refused), len(counted))
    quick = [1000 * (request["end"] - request["at"]) for request in refused]
    measures = {"p95 of the answered, limits": Measure.of(p95, "s")}
    measures["refused with 503, limits"] = Measure.percent(share, "% of requests")
    if quick:
        measures["time until a refusal, limits"] = Measure.of(estimates.median(quick), "ms")
    for side in SIDES:
        measures[f"time in the last third, {side}"] = Measure.of(late[side], "s")
        measures[f"answered, {side}"] = Measure.of(rates[side], "requests/s")
    other = "requests that failed in another way with the limits"
    kept = rates["limits"].over(rates["no limits"]).times(100)
    return Judgement(
        (
            at_most("p95 of the answered requests with the limits", p95, 2, "s"),
            at_least("median wait in the last third without limits", late["no limits"], 2.5, "s"),
            at_least("requests refused with 503 with the limits", share.times(100), 15, "% of all"),
            few(other, otherwise, len(counted), "requests", 0.05),
            at_least(
                "requests answered per second with the limits", kept, 70, "% of those without"
            ),
        ),
        f"at 150 % of the capacity p95 of the answered requests is {p95.value:.1f} s with the"
        f" limits; without them clients wait {late['no limits'].value:.1f} s in the end",
        measures,
        costs=(
            f"{percent(share.value)} of the requests are refused, and have to be sent again later",
        ),
    )


def figure(records, axes):
    for side, color in zip(SIDES, ("#0072B2", "#D55E00"), strict=True):
        for phase in records.where(side=side):
            for good, style, words in ((True, "-", "answered"), (False, "x", "refused")):
                points = [
                    (request["at"], request["end"] - request["at"])
                    for request in phase.requests
                    if succeeded(request) == good
                ]
                if points:
                    label = f"{words}, {side}" if phase is records.where(side=side)[0] else None
                    every = 1 if good else 8  # fewer marks show the same
                    axes.plot(*zip(*points[::every], strict=True), style, color=color, label=label)
    axes.set(xlabel="seconds since the load began", ylabel="time until the response (s)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, loc="upper left")
