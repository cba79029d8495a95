"""3b: how long does a reader see the old price after a change?"""

import json
from bisect import bisect
from itertools import count

import numpy

from lab.analysis import estimates
from lab.analysis.conditions import at_least, at_most, few, percent
from lab.analysis.records import succeeded
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Proof, Seconds
from lab.stack import levers, programs
from lab.workload import load

ID, CLAIM = "3b", 3
TITLE = "A price change is visible at once"
QUESTION = "How old can the price be that a reader sees?"
HYPOTHESIS = (
    "When writes invalidate the cache, no read that begins after the response to a write is"
    " stale. Without invalidation, reads are as stale as the cache keeps entries: more than 30 s"
    " and at most 60 s. With CACHE=near they are at most 100 ms stale;"
    " one late change of a run decides nothing."
)
METHOD = (
    "Two instances, 40 reads/s of one product, whose price changes once a second. A read is stale"
    " when it began after the response to a change and shows an earlier price; its age counts from"
    " that response. Measured with invalidation, and without it (a patch) for longer than the 60 s"
    " that the cache keeps an entry."
)
LIMITS = (
    "CACHE=near needs Redis 6 or newer and is measured only there. Redis does not fail here;"
    " docs/faults.md says what happens when it does."
)
PROOF = Proof("writes do not invalidate the cache", patches=("invalidation",))
SECONDS = Seconds(quick=115, full=210)
TTL = 60  # seconds that the cache keeps an entry
TTL_SLACK = 2  # seconds; for reads that are in flight when the entry ends
MAX_NEAR_AGE = 0.1  # seconds
RATE = 40
SIDES = {  # name: (system, number of phases (half of them in a quick run), seconds of each)
    "invalidation": ({}, 2, 15),
    "TTL alone": ({"patches": ("invalidation",)}, 2, 70),
    "near": ({"CACHE": "near"}, 2, 15),
}


def measure(lab):
    prices = count(100)
    for side, (system, phases, seconds) in SIDES.items():
        if side == "near" and programs.redis_version() < levers.NEAR_SINCE:
            continue
        lab.configure(**system)
        for _ in range(phases // 2 if lab.quick else phases):
            read_changing_price(lab, prices, side, seconds)
    lab.audit()


def read_changing_price(lab, prices, side, seconds):
    """Reads one product while its price changes every second; each change is an event."""
    staff = lab.bearer("admin")
    (product,) = lab.request_ok("GET", "/api/products/?page_size=1")["results"]
    path = f"/api/products/{product['sku']}/"

    def change():
        price = f"{next(prices)}.50"
        lab.request_ok("PATCH", path, {"price": price}, staff)
        lab.note(price)

    during = [(second, change) for second in range(seconds)]
    lab.load(
        load.get(path, "product", keep=True), rate=RATE, seconds=seconds, during=during, side=side
    )


def ages(phase):
    """For each read, how long its price had been out of date when it began, in seconds or 0."""
    moments = [event["at"] for event in phase.events]
    number = {event["what"]: place for place, event in enumerate(phase.events)}
    found = []
    for request in filter(succeeded, phase.counted):
        # A price from before the first change is out of date since the first change.
        shown = number.get(json.loads(request["answer"])["price"], -1)
        since = moments[shown + 1] if shown + 1 < len(moments) else request["start"]
        found.append(max(0.0, request["start"] - since))
    return found


def ages_of(records, side):
    return [age for phase in records.where(side=side) for age in ages(phase)]


def late_changes(records):
    """The condition that readers with CACHE=near see a change in time.

    One read can be slow for reasons of its own, so it counts changes and not the oldest read.
    """
    changes = late = 0
    for phase in records.where(side="near"):
        moments = [event["at"] for event in phase.events]
        starts = [read["start"] for read in phase.counted if succeeded(read)]
        pairs = zip(starts, ages(phase), strict=True)
        stale = [start for start, age in pairs if age > MAX_NEAR_AGE]
        changes += len(moments)
        late += len({bisect(moments, start) for start in stale})
    what = f"changes that were seen more than {1000 * MAX_NEAR_AGE:.0f} ms late, CACHE=near"
    return few(what, late, changes, "changes")


def judge(records):
    found = {
        side: numpy.array(ages_of(records, side)) for side in SIDES if records.where(side=side)
    }
    measures = {}
    for side, times in found.items():
        share = estimates.share(int((times > 0).sum()), len(times))
        measures[f"stale reads, {side}"] = Measure.percent(share, "% of reads")
        measures[f"greatest age, {side}"] = Measure.exact(round(float(times.max()), 3), "s")
    fresh, stale = found["invalidation"], found["TTL alone"]
    old, near = int((fresh > 0).sum()), found.get("near")
    oldest = "greatest age of a price without invalidation, against"
    return Judgement(
        (
            at_most("stale reads with invalidation", old, 0, f"of {len(fresh)} reads"),
            at_least(f"{oldest} half the TTL", float(stale.max()), TTL / 2, "s"),
            at_most(f"{oldest} the TTL", float(stale.max()), TTL + TTL_SLACK, "s"),
            *([late_changes(records)] if near is not None else []),
            few("reads that failed", *records.failures(), "reads"),
        ),
        f"with invalidation {old} of {len(fresh)} reads are stale;"
        f" without it {percent((stale > 0).mean(), 1)} are, by up to {stale.max():.0f} s",
        measures,
        costs=(
            "each write sends one more command to Redis",
            "lists are rendered again after each write by staff",
        ),
    )


def figure(records, axes):
    styles = {  # color, line style, height of the name (%)
        "invalidation": ("#0072B2", "-", 98),
        "near": ("#009E73", ":", 91),
        "TTL alone": ("#D55E00", "--", 45),
    }
    for side, (color, style, height) in styles.items():
        if times := sorted(ages_of(records, side)):
            shares = 100 * numpy.arange(1, len(times) + 1) / len(times)
            axes.step(
                [*times, TTL + TTL_SLACK],
                [*shares, 100],
                where="post",
                color=color,
                linestyle=style,
            )
            right = TTL / 2 if side == "TTL alone" else times[-1]
            axes.annotate(f"  {side}", (right, height), color=color, va="top")
    axes.set(xlabel="seconds that the price was out of date", ylabel="reads at most so stale (%)")
    axes.set_ylim(0, 105)
