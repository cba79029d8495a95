"""3b: how long does a reader see the old price after a change?"""

import json
from itertools import count

import numpy

from lab.analysis import estimates
from lab.analysis.records import succeeded
from lab.analysis.verdict import Judgement, Measure, decide, hardly_any
from lab.experiments.protocol import Proof, Seconds
from lab.stack import levers, programs
from lab.workload import load

ID, CLAIM = "3b", 3
TITLE = "A cache that forgets in time"
QUESTION = "How old can a price be that a reader sees?"
HYPOTHESIS = (
    "When a write replaces the generation, no read that begins after the write's answer is old. When nothing does,"
    " reads are as old as the cache keeps answers: more than 30 s, and up to 60."
    " With CACHE=near they are 100 ms old at most."
)
METHOD = (
    "Two instances, 40 reads a second of one product, whose price is changed once a second. A read is stale when it"
    " began after the answer to a change and shows an earlier price; its age counts from that answer. With"
    " invalidation, and with a patch that takes it away, for longer than the 60 s that an answer is kept."
)
LIMITS = (
    "CACHE=near is measured where Redis is 6 or newer. Redis lives all the while: its death is a row of"
    " docs/faults.md."
)
PROOF = Proof("no write replaces the generation", patches=("invalidation",))
SECONDS = Seconds(quick=115, full=210)
TTL, NEAR, SLACK = (
    60,
    0.1,
    2,
)  # seconds; the slack is for the answer that is under way when its time ends
RATE = 40
SIDES = {  # name: the system, in how many phases (a quick run has half of them), for how many seconds each
    "invalidation": ({}, 2, 15),
    "TTL alone": ({"patches": ("invalidation",)}, 2, 70),
    "near": ({"CACHE": "near"}, 2, 15),
}


def measure(lab):
    prices = count(100)
    for side, (system, times, seconds) in SIDES.items():
        if side == "near" and programs.redis_version() < levers.NEAR_SINCE:
            continue
        lab.set(**system)
        for _ in range(times // 2 if lab.quick else times):
            watch(lab, prices, side, seconds)
    lab.audit()


def watch(lab, prices, side, seconds):
    """Reads one product for so many seconds while its price is changed every second; each change
    becomes an event."""
    staff = lab.bearer("admin")
    path = f"/api/products/{lab.ask('GET', '/api/products/?page_size=1')['results'][0]['sku']}/"

    def change():
        price = f"{next(prices)}.50"
        lab.ask("PATCH", path, {"price": price}, staff)
        lab.note(price)

    during = [(second, change) for second in range(seconds)]
    lab.load(
        load.get(path, "product", keep=True), rate=RATE, seconds=seconds, during=during, side=side
    )


def ages(phase):
    """Of each read, for how many seconds the price it shows had been out of date when it began; 0
    when it was not."""
    moments = [event["at"] for event in phase.events]
    number = {event["what"]: place for place, event in enumerate(phase.events)}
    found = []
    for request in filter(succeeded, phase.counted):
        # A price from before the first change is out of date since that one.
        shown = number.get(json.loads(request["answer"])["price"], -1)
        since = moments[shown + 1] if shown + 1 < len(moments) else request["start"]
        found.append(max(0.0, request["start"] - since))
    return found


def ages_of(records, side):
    return [age for phase in records.where(side=side) for age in ages(phase)]


def judge(records):
    found = {
        side: numpy.array(ages_of(records, side)) for side in SIDES if records.where(side=side)
    }
    measures = {}
    for side, times in found.items():
        share = estimates.share(int((times > 0).sum()), len(times))
        measures[f"stale reads, {side}"] = Measure.percent(share, "% of reads")
        measures[f"greatest age, {side}"] = Measure.exact(round(float(times.max()), 3), "s")
    good, bad = found["invalidation"], found["TTL alone"]
    return Judgement(
        decide(
            good.max() == 0,
            TTL / 2 < bad.max() < TTL + SLACK,
            "near" not in found or found["near"].max() <= NEAR,
            hardly_any(*records.failures()),
        ),
        f"with invalidation {(good > 0).sum()} of {len(good)} reads were stale;"
        f" without, {(bad > 0).mean():.1%}, and up to {bad.max():.0f} s",
        measures,
        costs=(
            "each write asks Redis once more",
            "lists are rendered anew after each write by staff",
        ),
    )


def figure(records, axes):
    styles = {  # color, line, and at what height (%) the name stands
        "invalidation": ("#0072B2", "-", 98),
        "near": ("#009E73", ":", 91),
        "TTL alone": ("#D55E00", "--", 45),
    }
    for side, (color, style, height) in styles.items():
        if times := sorted(ages_of(records, side)):
            shares = 100 * numpy.arange(1, len(times) + 1) / len(times)
            axes.step(
                [*times, TTL + SLACK], [*shares, 100], where="post", color=color, linestyle=style
            )
            right = TTL / 2 if side == "TTL alone" else times[-1]
            axes.annotate(f"  {side}", (right, height), color=color, va="top")
    axes.set(
        xlabel="seconds that the price shown was out of date", ylabel="reads at most so stale (%)"
    )
    axes.set_ylim(0, 105)
