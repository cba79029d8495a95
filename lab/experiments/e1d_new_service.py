"""1d: is the shop affected when analytics_api is added, hangs, or dies?"""

import json

from lab.analysis import estimates
from lab.analysis.conditions import at_least, at_most, percent
from lab.analysis.records import change_of_latency, succeeded
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import load, shop

ID, CLAIM = "1d", 1
TITLE = "Adding a service does not affect the shop"
QUESTION = "What do the shop's clients notice when analytics_api runs, hangs, or is dead?"
HYPOTHESIS = (
    "They notice nothing: no request fails, every response has the same text, and p95 is at most"
    " 1.5 times that without analytics. By contrast, when orders call analytics_api directly and"
    " it is frozen, at least half of the orders fail."
)
METHOD = (
    "Two instances, 30 requests/s: 60 % read products, 40 % order other products. analytics_api"
    " and its recorder are absent (ANALYTICS=off, not running), running, frozen, or killed. In a"
    " fifth situation they are frozen and a patch makes orders call analytics_api directly. The"
    " first four are interleaved, with the same arrivals. Compared are the texts of the responses"
    " (of orders without id, time and instance), failures, and the change of p95 (geometric means"
    " over the turns, with Welch's interval)."
)
LIMITS = (
    "All processes share one machine: while analytics_api computes, the shop has less processor"
    " time."
)
PROOF = Proof("orders call analytics_api directly", patches=("synchronous-analytics",))
SECONDS = Seconds(quick=140, full=215)
BOTH = ("analytics-1", "recorder-1")
SITUATIONS = {  # the system, and the signal to analytics_api and its recorder
    "running": ({}, None),
    "frozen": ({}, "STOP"),
    "killed": ({}, "KILL"),
    "absent": ({"ANALYTICS": "off"}, "KILL"),
    "frozen, called directly": (
        {"ANALYTICS": "off", "patches": ("synchronous-analytics",)},
        "STOP",
    ),
}
*INDEPENDENT, DIRECT = SITUATIONS
COMPARED = [situation for situation in INDEPENDENT if situation != "absent"]
NONE_MAY_FAIL = tuple({"situation": situation} for situation in COMPARED)
RATE, LENGTH, WARMUP = 30, 4.5, 1
MAX_CHANGE = 0.5  # of p95


def measure(lab):
    lab.configure()
    skus = shop.restock(lab.system.home.port("haproxy"), lab.bearer("admin"))
    measure_situation(lab, skus, 0, DIRECT)
    for turn in lab.turns(3, 6):
        for situation in there_and_back(INDEPENDENT, turn):
            measure_situation(lab, skus, turn, situation)
    lab.configure()
    lab.audit()


def measure_situation(lab, skus, turn, situation):
    """One phase of reads and orders, with analytics_api in this situation."""
    system, signal = SITUATIONS[situation]
    lab.configure(**system)
    for name in BOTH if signal else ():
        lab.kill(name, signal)
    prefix = shop.key_prefix(ID, lab.seed, lab.proving, situation, turn)
    lab.load(
        reads_and_orders(lab, skus[:20], skus[20:], prefix),
        rate=RATE,
        seconds=LENGTH,
        warmup=WARMUP,
        draw=turn,
        again=True,
        # Orders that were placed while analytics was absent would be recorded during the phase.
        prepare=None if signal else lambda: shop.wait_for_events(lab),
        situation=situation,
    )


def reads_and_orders(lab, bought, read, prefix):
    """A request factory: reads of some products, and orders of others, which change no read."""

    def read_product(chance):
        return load.get(f"/api/products/{chance.choice(read)}/", "read", keep=True)(chance)

    return load.mixture(
        (60, read_product), (40, shop.order_requests(lab, bought, prefix, keep=True))
    )


def texts(phase):
    """The document of each response, without what always differs between two orders."""
    for request in phase.counted:
        found = json.loads(request.get("answer") or "null")
        ignored = ("id", "created_at", "served_by") if request["kind"] == "order" else ()
        yield {name: value for name, value in (found or {}).items() if name not in ignored}


def differing(records, situation):
    """How many responses differ from those to the same requests without analytics.

    Requests that failed on either side are counted as failures, not here.
    """
    pairs = zip(records.where(situation=situation), records.where(situation="absent"), strict=True)
    return sum(
        one != other and all(map(succeeded, requests))
        for here, there in pairs
        for one, other, *requests in zip(
            texts(here), texts(there), here.counted, there.counted, strict=True
        )
    )


def p95(records, situation):
    return [phase.latency(95) for phase in records.where(situation=situation)]


def failed(records, situation):
    return sum(len(phase.failed) for phase in records.where(situation=situation))


def steady_phases(records):
    """The phases without failed requests; where requests fail, latencies mean little."""
    return [phase for phase in records.phases if not phase.failed]


def judge(records):
    measures = {}
    for situation in SITUATIONS:
        measures[f"p95, {situation}"] = Measure.of(estimates.span(p95(records, situation)), "ms")
        measures[f"failed, {situation}"] = Measure.exact(failed(records, situation), "requests")
    changes = {
        each: change_of_latency(
            records.where(situation="absent"),
            records.where(situation=each),
            95,
            level=records.level,
        )
        for each in COMPARED
    }
    for situation, slower in changes.items():
        other = differing(records, situation)
        measures[f"change of p95, {situation}"] = Measure.percent(slower, "% of p95 when absent")
        measures[f"other answers, {situation}"] = Measure.exact(other, "requests")
    worst = max(slower.value for slower in changes.values())
    failures = sum(failed(records, each) for each in COMPARED)
    # Reads never depend on analytics_api, whatever a proof patches.
    lost, reads = records.failures("read", situation="absent")
    early = f"{lost} of {reads} reads failed without analytics_api"
    return Judgement(
        conditions(records, changes),
        f"with analytics_api running, frozen or killed, {failures} requests fail and p95 rises by"
        f" at most {percent(max(0, worst))}; when it is called directly and frozen,"
        f" {failed(records, DIRECT)} fail",
        measures,
        costs=("the figures of analytics_api are a moment behind the shop",),
        doubts=(disturbed(early),) if lost else (),
    )


def conditions(records, changes):
    """Three for each situation that must not affect the shop, and one for the direct call."""
    found = []
    for situation, slower in changes.items():
        here = f"with analytics_api {situation}"
        count, sent = records.failures(situation=situation)
        other = differing(records, situation)
        found += [
            at_most(f"requests that failed {here}", count, 0, f"of {sent}"),
            at_most(f"responses that differed {here}", other, 0, f"of {sent}"),
            at_most(
                f"rise of p95 {here}",
                slower.times(100),
                100 * MAX_CHANGE,
                "% of p95 when absent",
            ),
        ]
    count, orders = records.failures("order", situation=DIRECT)
    half = max(1, orders / 2)
    direct = "orders that failed while analytics_api was frozen and called directly"
    return (*found, at_least(direct, count, half, f"of {orders}"))


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
    axes.set(ylabel="p95 of successful requests (ms)", xlabel="analytics_api")
    axes.set_xticks(range(len(SITUATIONS)), [name.replace(", ", ",\n") for name in SITUATIONS])
    axes.margins(y=0.2)
