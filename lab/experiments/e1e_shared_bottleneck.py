"""1e: do more instances place more orders when all orders are for one product?"""

import statistics

from lab.analysis import estimates
from lab.analysis.conditions import at_least, at_most
from lab.analysis.records import succeeded
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import shop

ID, CLAIM = "1e", 1
TITLE = "Instances do not speed up one locked row"
QUESTION = "How many more orders do N instances place than one, of many products and of one?"
HYPOTHESIS = (
    "Of many products N instances place at least 0.6 N times as many orders as one; of one product"
    " at most 1.5 times as many. With the most instances at least one order waits for a lock in"
    " Postgres when all are for one product, and at most 0.75 when they are for many (means)."
)
METHOD = (
    "30 orders/s, more than the instances can place, either of one product or spread over 40. An"
    " order waits 0.15 s before its commit, as for a payment service, with the row of its product"
    " locked. HAProxy gives an instance one request at a time. Two patches do this on both sides,"
    " so that neither processors nor slots differ. Counted: orders that were answered 201, in each"
    " second. Postgres says every 0.3 s how many sessions wait for a lock."
)
LIMITS = (
    "The unpatched transaction is short: it locks the row for some milliseconds, and the processors"
    " are the first limit. Orders that are not placed in time are refused with 503, on purpose."
)
PROOF = Proof("the orders are spread over 40 products on both sides")
SECONDS = Seconds(quick=140, full=195)
SIDES = ("many products", "one product")
COLORS = ("#0072B2", "#D55E00")
PATCHES = ("long-transactions", "one-slot")
RATE, LENGTH, WARMUP = 30, 4, 1
MIN_GAIN, MAX_GAIN = 0.6, 1.5  # MIN_GAIN: of the number of instances
MIN_WAITING, MAX_WAITING = 1, 0.75  # orders that wait for a lock
SAMPLES = [WARMUP + 0.3 * step for step in range(10)]  # seconds of a phase
WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def measure(lab):
    lab.configure(replicas=1, patches=PATCHES)
    skus = shop.restock(lab.system.home.port("haproxy"), lab.bearer("admin"))
    for turn in range(3):
        for instances in there_and_back((1, 3) if lab.quick else (1, 2, 3, 4), turn):
            lab.configure(replicas=instances, patches=PATCHES)
            for side in SIDES:
                chosen = skus[:1] if side == "one product" and not lab.proving else skus
                place_orders(lab, chosen, side=side, instances=instances, turn=turn)
    shop.wait_for_events(lab)
    lab.audit()


def place_orders(lab, skus, **labels):
    """One phase of orders, and a fact: how many sessions waited for a lock in each sample."""
    found = []

    def sample():
        ((count,),) = lab.sql("core", WAITING)
        found.append(count)

    prefix = f"{ID}/{lab.seed}/{lab.proving}/" + "/".join(map(str, labels.values()))
    lab.load(
        shop.order_requests(lab, skus, prefix),
        rate=RATE,
        seconds=LENGTH,
        warmup=WARMUP,
        during=[(second, sample) for second in SAMPLES],
        draw=labels["turn"],
        again=True,
        prepare=found.clear,  # of the samples of an attempt that was disturbed
        **labels,
    )
    lab.fact("waiting for a lock", sessions=found, **labels)


def steady_phases(records):
    """None: more orders arrive than the instances can place."""
    return []


def orders_per_second(phase):
    """How many orders were answered 201 in each second after the warm-up."""
    placed = [request for request in phase.requests if succeeded(request)]
    counted = [request for request in placed if phase.warmup <= request["end"] <= phase.seconds]
    return len(counted) / (phase.seconds - phase.warmup)


def numbers(records):
    return sorted({phase.labels["instances"] for phase in records.phases})


def rates(records, side):
    """{number of instances: orders per second, as the mean over the phases}."""
    return {
        number: estimates.mean(
            [orders_per_second(phase) for phase in records.where(side=side, instances=number)]
        )
        for number in numbers(records)
    }


def waiting(records, side):
    """How many orders waited for a lock, with the most instances: the mean over the turns."""
    facts = records.facts("waiting for a lock", side=side, instances=max(numbers(records)))
    return estimates.mean([statistics.fmean(fact["sessions"]) for fact in facts])


def judge(records):
    many, one = (rates(records, side) for side in SIDES)
    measures = {
        f"orders of {side}, N = {number}": Measure.of(rate, "orders/s")
        for side, found in zip(SIDES, (many, one), strict=True)
        for number, rate in found.items()
    }
    conditions, most = [], max(many)
    unit = "times as many as one instance"
    for number in list(many)[1:]:
        gain, needed = many[number].over(many[1]), MIN_GAIN * number
        conditions += [
            at_least(f"orders of many products that {number} instances place", gain, needed, unit),
            at_most(
                f"orders of one product that {number} instances place",
                one[number].over(one[1]),
                MAX_GAIN,
                unit,
            ),
        ]
    free, held = (waiting(records, side) for side in SIDES)
    for side, count in zip(SIDES, (free, held), strict=True):
        measures[f"waiting for a lock, {side}, N = {most}"] = Measure.of(count, "orders")
    return Judgement(
        (
            *conditions,
            at_least("orders of one product that wait for a lock", held, MIN_WAITING, "orders"),
            at_most("orders of many products that wait for a lock", free, MAX_WAITING, "orders"),
        ),
        f"{most} instances place {many[most].over(many[1]).value:.1f} times as many orders of many"
        f" products as one, and {one[most].over(one[1]).value:.1f} times as many of one product",
        measures,
        costs=("the lock keeps the stock correct: without it the last unit could be sold twice",),
    )


def figure(records, axes):
    most = max(numbers(records))
    for side, color in zip(SIDES, COLORS, strict=True):
        found = rates(records, side)
        for phase in records.where(side=side):
            axes.plot(phase.labels["instances"], orders_per_second(phase), ".", color=color)
        axes.plot(list(found), [rate.value for rate in found.values()], "-", color=color)
        words = f"  {side}:\n  {waiting(records, side).value:.1f} wait for a lock"
        axes.annotate(words, (most, found[most].value), color=color, va="center")
    one = rates(records, SIDES[0])[1].value
    axes.plot([1, most], [one, one * most], "--", color="0.6")
    place = most - 0.6
    words = "N times one instance  "
    axes.annotate(words, (place, one * place), color="0.4", ha="right", va="bottom")
    axes.set(xlabel="instances of core_api (N)", ylabel="orders/s", xticks=numbers(records))
    axes.set_xlim(0.8, most + 1)
    axes.set_ylim(bottom=0)
