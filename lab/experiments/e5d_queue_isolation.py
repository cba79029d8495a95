"""5d: do short tasks wait behind long ones?"""

from functools import partial

import numpy

from lab.analysis import estimates
from lab.analysis.conditions import at_least, at_most
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import shop

ID, CLAIM = "5d", 5
TITLE = "Short tasks do not wait behind long ones"
QUESTION = "How long does the acknowledgement of an order's event take while reports are made?"
HYPOTHESIS = (
    "When acknowledgements have a queue of their own, p95 of their time is at most a third of that"
    " in one queue with the reports. In one queue it is at least 3 s. Every event is acknowledged,"
    " and every report is made."
)
METHOD = (
    "One worker. 10 reports are requested at once; instead of its work each waits 0.6 s (a patch)."
    " Meanwhile 10 orders per second are placed. The relay sends the event of each order, analytics"
    " records it and acknowledges it: a short task, one UPDATE. The database gives the time from"
    " the order to the acknowledgement. Two queues, and one queue for both (a patch), are"
    " interleaved, with the same arrivals."
)
LIMITS = (
    "A short report still waits behind a long import: both are long tasks, in one queue. More"
    " workers make that wait shorter (5b)."
)
PROOF = Proof(
    "acknowledgements and reports share a queue on both sides", patches=("separate-queues",)
)
SECONDS = Seconds(quick=88, full=135)
SIDES = {"two queues": (), "one queue": ("separate-queues",)}
REPORTS, RATE, LENGTH = 10, 10, 7
SLOW, PART = 3, 33  # seconds in one queue; percent of that in two


def measure(lab):
    for turn in range(3 if lab.quick else 4):
        for side, patches in there_and_back(SIDES.items(), turn):
            lab.configure(patches=("waiting-reports", *patches))
            skus = shop.restock(lab.system.home.port("haproxy"), lab.bearer("admin"))
            prefix, report, jobs = f"{ID}/{turn}/{side}", shop.report_request(lab), []
            lab.load(
                shop.order_requests(lab, skus, prefix),
                rate=RATE,
                seconds=LENGTH,
                during=[(0, partial(shop.request_reports, lab, report, REPORTS, jobs))],
                draw=turn,
                side=side,
            )
            shop.wait_for_jobs(lab)
            shop.wait_for_events(lab)
            waits = shop.acknowledgements(lab, prefix)
            undone = shop.jobs_not_done(lab, jobs)
            lab.fact("acknowledged", side=side, turn=turn, waits=waits, undone=undone)
    lab.audit()


def waits(fact):
    """The seconds until each acknowledgement that arrived."""
    return [wait for _, wait in fact["waits"] if wait is not None]


def judge(records):
    p95, measures = {}, {}
    for side in SIDES:
        facts = records.facts("acknowledged", side=side)
        p95[side] = estimates.mean([float(numpy.percentile(waits(fact), 95)) for fact in facts])
        middle = estimates.median([wait for fact in facts for wait in waits(fact)])
        measures[f"p95 of the time, {side}"] = Measure.of(p95[side], "s")
        measures[f"median of the time, {side}"] = Measure.of(middle, "s")
    facts = records.facts("acknowledged")
    missing = sum(len(fact["waits"]) - len(waits(fact)) for fact in facts)
    undone = sum(fact["undone"] for fact in facts)
    failed = records.failures()
    measures["never acknowledged"] = Measure.exact(missing, "events")
    measures["failed"] = Measure.exact(failed[0], f"of {failed[1]} orders")
    own, shared = (p95[side] for side in SIDES)
    return Judgement(
        (
            at_most(
                "p95 of the acknowledgements in a queue of their own",
                own.over(shared).times(100),
                PART,
                "% of that in one queue",
            ),
            at_least("p95 of the acknowledgements in one queue with reports", shared, SLOW, "s"),
            at_most("events that were never acknowledged", missing, 0, "events"),
            at_most("reports that were accepted and not made", undone, 0, "reports"),
        ),
        f"p95 of the time until an acknowledgement is {own.value:.1f} s in a queue of its own,"
        f" {shared.value:.1f} s in one queue with reports",
        measures,
        costs=("each queue needs a process that reads it, also while it is empty",),
    )


def figure(records, axes):
    for side, color in zip(SIDES, ("#0072B2", "#D55E00"), strict=True):
        points = [
            point
            for fact in records.facts("acknowledged", side=side)
            for point in fact["waits"]
            if point[1] is not None
        ]
        axes.plot(*zip(*points, strict=True), "o", color=color, markersize=3.5, label=side)
    axes.set(xlabel="order placed (s since the first)", ylabel="time until acknowledged (s)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
