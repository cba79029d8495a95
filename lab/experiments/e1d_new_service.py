"""1d: does the shop notice that analytics_api was added, hangs, or dies?"""

import json

from lab.analysis import estimates
from lab.analysis.verdict import Judgement, Measure, decide
from lab.experiments.protocol import Proof, Seconds
from lab.workload import load, shop

ID, CLAIM = "1d", 1
TITLE = "A new service the shop does not notice"
QUESTION = "What do the shop's customers notice when analytics_api is there, hangs, or is dead?"
HYPOTHESIS = (
    "Nothing: no request fails, each answer has the same text, and p95 is at most half as much again as without"
    " analytics. When an order's request asks analytics_api itself, at least every other order"
    " fails while it stands still."
)
METHOD = (
    "Two instances, 30 requests a second: 60 % read products, 40 % place orders of others. analytics_api with its"
    " recorder is absent (ANALYTICS=off, nothing runs), there, frozen, or killed; and frozen while a patch makes orders"
    " call it directly. The first four take turns, with the same arrivals. Compared are the texts of the answers (of"
    " orders without id, moment and instance), failures, and p95 as the change within each turn."
)
LIMITS = (
    "All parts share one machine: what analytics_api computes while it is there, the shop lacks."
)
PROOF = Proof("an order's request asks analytics_api itself", patches=("synchronous-analytics",))
SECONDS = Seconds(quick=130, full=215)
BOTH = ("analytics-1", "recorder-1")
SITUATIONS = {  # the system, and what strikes analytics_api and its recorder
    "there": ({}, None),
    "frozen": ({}, "STOP"),
    "killed": ({}, "KILL"),
    "absent": ({"ANALYTICS": "off"}, "KILL"),
    "frozen, asked directly": ({"ANALYTICS": "off", "patches": ("synchronous-analytics",)}, "STOP"),
}
*QUIET, DIRECT = SITUATIONS
RATE, LENGTH, WARMUP = 30, 4.5, 1
HALF = 0.5


def measure(lab):
    lab.set()
    skus = shop.restock(lab.system.home.port("haproxy"), lab.bearer("admin"))
    turns = range(3 if lab.quick else 5)
    for turn, situation in [(turn, situation) for turn in turns for situation in QUIET] + [
        (0, DIRECT)
    ]:
        system, signal = SITUATIONS[situation]
        lab.set(**system)
        if signal is None:
            shop.wait_for_events(
                lab
            )  # those that were placed without analytics would be recorded meanwhile
        for name in BOTH if signal else ():
            lab.kill(name, signal)
        lab.load(
            reads_and_orders(
                lab, skus[:20], skus[20:], f"{ID}/{lab.seed}/{lab.proving}/{situation}/{turn}"
            ),
            rate=RATE,
            seconds=LENGTH,
            warmup=WARMUP,
            draw=turn,
            situation=situation,
        )
    lab.set()
    lab.audit()


def reads_and_orders(lab, bought, read, prefix):
    """A chooser of pages of some products and of orders of others, so that no order changes what is
    read."""
    return load.mixture(
        (
            60,
            lambda chance: load.get(f"/api/products/{chance.choice(read)}/", "read", keep=True)(
                chance
            ),
        ),
        (40, shop.order_requests(lab, bought, prefix, keep=True)),
    )


def texts(phase):
    """What each answer says; of an order, what does not differ from order to order anyway."""
    for request in phase.counted:
        found = json.loads(request.get("answer") or "null")
        own = ("id", "created_at", "served_by") if request["kind"] == "order" else ()
        yield {name: value for name, value in (found or {}).items() if name not in own}


def differing(records, situation):
    """How many answers differ from those to the same requests without analytics."""
    pairs = zip(records.where(situation=situation), records.where(situation="absent"), strict=True)
    return sum(
        one != other
        for here, there in pairs
        for one, other in zip(texts(here), texts(there), strict=True)
    )


def p95(records, situation):
    return [phase.latency(95) for phase in records.where(situation=situation)]


def failed(records, situation):
    return sum(len(phase.failed) for phase in records.where(situation=situation))


def settled(records):
    """The phases in which everything was answered: where requests fail, latency is no evidence."""
    return [phase for phase in records.phases if not phase.failed]


def judge(records):
    measures, noticed = {}, []
    for situation in SITUATIONS:
        measures[f"p95, {situation}"] = Measure.of(estimates.median(p95(records, situation)), "ms")
        measures[f"failed, {situation}"] = Measure.exact(failed(records, situation), "requests")
    changes = {each: estimates.change(p95(records, "absent"), p95(records, each)) for each in QUIET}
    for situation, slower in changes.items():
        other = differing(records, situation)
        measures[f"change of p95, {situation}"] = Measure.percent(slower, "% of p95 when absent")
        measures[f"other answers, {situation}"] = Measure.exact(other, "requests")
        noticed.append(failed(records, situation) > 0 or other > 0 or slower.value > HALF)
    broken, asked = records.failures("order", situation=DIRECT)
    worst = max(slower.value for slower in changes.values())
    return Judgement(
        decide(not any(noticed), broken > 0, 2 * broken >= asked),
        f"whatever analytics_api does, {sum(failed(records, each) for each in QUIET)} requests fail and p95 changes by"
        f" {worst:+.0%} at most; asked directly, its standstill fails {failed(records, DIRECT)}",
        measures,
        costs=("what analytics_api shows is a moment older than the shop",),
    )


def figure(records, axes):
    for place, situation in enumerate(SITUATIONS):
        found, direct = p95(records, situation), situation == DIRECT
        height = estimates.median(found).value
        axes.bar(
            place, height, color="#D55E00" if direct else "#0072B2", hatch="//" if direct else ""
        )
        axes.plot([place] * len(found), found, "o", color="0.2", markersize=4)
        words = f"{height:.0f} ms\n{failed(records, situation)} failed"
        axes.annotate(words, (place, max(found)), (0, 4), textcoords="offset points", ha="center")
    axes.set(ylabel="p95 of what was answered (ms)", xlabel="analytics_api")
    axes.set_xticks(range(len(SITUATIONS)), [name.replace(", ", ",\n") for name in SITUATIONS])
    axes.margins(y=0.2)
