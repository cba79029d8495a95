"""2a: does HAProxy share the requests fairly, also when one instance is slow?"""

import itertools
from collections import Counter

from lab.analysis import estimates, figures
from lab.analysis.conditions import at_least, at_most, few, percent
from lab.analysis.records import ratio_of_latency
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import shop

ID, CLAIM = "2a", 2
TITLE = "Equal shares, fewer for a slow instance"
QUESTION = "Which share of the requests does each instance get, and what if one of them is slow?"
HYPOTHESIS = (
    "Each of three equal instances gets a third of the requests, at least 0.7 and at most 1.3"
    " times that. When one is slow, p99 with BALANCE=leastconn is at most 0.7 of p99 with"
    " BALANCE=roundrobin."
)
METHOD = (
    "Three instances, 45 reads of the catalogue per second. First all are equal. Then core-3 is"
    " slow (a patch): it answers one read at a time and waits 0.1 s before each. Each is measured"
    " with leastconn and roundrobin, as a pair with the same arrivals. X-Served-By names the"
    " instance that answered. p99 is compared by geometric means over the phases, with Welch's"
    " interval."
)
LIMITS = (
    "With roundrobin HAProxy skips an instance that has five requests already. Without that limit"
    " the queue of the slow instance would grow further."
)
PROOF = Proof("HAProxy uses roundrobin on both sides", levers={"BALANCE": "roundrobin"})
SECONDS = Seconds(quick=60, full=210)
INSTANCES = ("core-1", "core-2", "core-3")
SPEEDS = {"equal": (), "core-3 slow": ("slow-core-3",)}  # the patches
BALANCES = {"leastconn": "#0072B2", "roundrobin": "#D55E00"}  # with their colors
RATE, LENGTH = 45, 4
LEAST, MOST = 0.7, 1.3  # times an equal share
MOST_P99 = 0.7  # of that with roundrobin


def measure(lab):
    for turn in lab.turns(3, 5):
        for speed, balance in there_and_back(itertools.product(SPEEDS, BALANCES), turn):
            lab.configure(replicas=len(INSTANCES), patches=SPEEDS[speed], BALANCE=balance)
            lab.load(
                shop.catalogue_reads(lab),
                rate=RATE,
                seconds=LENGTH,
                draw=turn,
                again=True,
                speed=speed,
                balance=balance,
            )
    lab.audit()


def shares(records, **labels):
    """{instance: its share of the responses in the phases with these labels}, as intervals."""
    phases = records.where(**labels)
    served = Counter(
        request["instance"]
        for phase in phases
        for request in phase.counted
        if "instance" in request
    )
    total = max(1, served.total())
    return {name: estimates.share(served[name], total, level=records.level) for name in INSTANCES}


def judge(records):
    measures, conditions, equal = {}, [], []
    for speed, balance in itertools.product(SPEEDS, BALANCES):
        found = shares(records, speed=speed, balance=balance)
        for name, share in found.items():
            measures[f"share of {name}, {speed}, {balance}"] = Measure.percent(share)
        p99 = [phase.latency(99) for phase in records.where(speed=speed, balance=balance)]
        measures[f"p99, {speed}, {balance}"] = Measure.of(estimates.span(p99), "ms")
        if speed == "equal":
            conditions += fair(balance, list(found.values()))
            equal += [share.value for share in found.values()]
    sides = (records.where(speed="core-3 slow", balance=each) for each in reversed(BALANCES))
    relative = ratio_of_latency(*sides, 99, level=records.level)
    unit = "times that with roundrobin"
    measures["p99 with leastconn, core-3 slow"] = Measure.of(relative, unit)
    calm = few("reads that failed", *records.failures(), "reads")
    measures["failed"] = Measure.exact(records.failures()[0], "reads")
    return Judgement(
        (
            *conditions,
            at_most("p99 with leastconn and one slow instance", relative, MOST_P99, unit),
        ),
        f"equal instances get {percent(min(equal))} to {percent(max(equal))} of the requests;"
        f" with a slow one p99 is {relative.value:.2f} times as long with leastconn as with"
        " roundrobin",
        measures,
        costs=("an instance that answers errors at once has the fewest requests, so it gets most",),
        doubts=() if calm.state == "true" else (disturbed(calm.sentence()),),
    )


def fair(balance, found):
    """The conditions that these shares of equal instances are near an equal share."""
    relative = [share.times(len(found)) for share in found]
    unit = "times an equal share"
    return [
        at_least(f"smallest share of the requests with {balance}", min(relative), LEAST, unit),
        at_most(f"greatest share of the requests with {balance}", max(relative), MOST, unit),
    ]


def figure(records, axes):
    axes, below = figures.stack_axes(axes, [3, 2])
    for side, (balance, color) in enumerate(BALANCES.items()):
        for group, speed in enumerate(SPEEDS):
            labels = {"speed": speed, "balance": balance}
            found = shares(records, **labels).values()
            places = [4 * group + number + 0.4 * side for number in range(len(found))]
            axes.bar(places, [100 * share.value for share in found], 0.38, color=color)
            p99 = estimates.median([phase.latency(99) for phase in records.where(**labels)]).value
            bar = below.barh([group + 0.4 * side], [p99], 0.38, color=color)
            below.bar_label(bar, [f"{p99:.0f} ms, {balance}"], padding=3)
    axes.axhline(100 / len(INSTANCES), color="0.3", linestyle="--")
    axes.annotate("a third", (3.2, 100 / len(INSTANCES)), va="bottom", ha="center")
    axes.set(ylabel="share of the requests (%)")
    ticks = [4 * group + number + 0.2 for group in range(2) for number in range(len(INSTANCES))]
    slow = [*INSTANCES[:-1], "core-3\n(slow)"]
    axes.set_xticks(ticks, [*INSTANCES, *slow])
    axes.margins(y=0.15)
    below.set(xlabel="p99 of the reads (ms)")
    below.set_yticks([0.2, 1.2], list(SPEEDS))
    below.invert_yaxis()
    below.margins(x=0.3)
