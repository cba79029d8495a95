"""3d: how often is an expired list rendered again when many read it at once?"""

from functools import partial

from lab.analysis import estimates, figures
from lab.analysis.conditions import at_least, at_most, few, signed
from lab.analysis.records import change_of_latency
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import load

ID, CLAIM = "3d", 3
TITLE = "One reader renders an expired list for all"
QUESTION = "How often do two instances render a list again when it expires under many reads?"
HYPOTHESIS = (
    "With the guard against a stampede an expired list is rendered once; at most 5 % of the"
    " expiries cause more than one rendering. Without it there are at least 3, as a median. p99 of"
    " the reads is lower with the guard."
)
METHOD = (
    "Two instances, 120 reads/s of one list of 100 products. The database makes one such list at a"
    " time and needs 50 ms for it (a patch). Once a second a change of a price ends the cached"
    " list, as its TTL would. Counted: responses with X-Cache: miss until the next expiry. With the"
    " guard and without it (a patch) are measured as pairs with the same arrivals."
)
LIMITS = (
    "HAProxy gives an instance at most five requests at a time, so at most ten readers can render"
    " the list at once. Behind a load balancer without such a limit there are more."
)
PROOF = Proof("the guard is missing on both sides", patches=("stampede-guard",))
SECONDS = Seconds(quick=68, full=165)
SIDES = {"guard": (), "no guard": ("stampede-guard",)}  # the patches besides SLOW
SLOW = "slow-lists"
RATE, EXPIRIES = 120, 6  # in a phase, one a second
MOST_REPEATED = 0.05  # of the expiries may cause more than one rendering
MANY = 3  # renderings, without the guard
PATH = "/api/products/?page_size=100"


def measure(lab):
    for turn in lab.turns(3, 6):
        for side, patches in there_and_back(SIDES.items(), turn):
            lab.configure(patches=(SLOW, *patches))
            staff, sku = lab.bearer("admin"), lab.request_ok("GET", PATH)["results"][0]["sku"]
            during = [
                (second, partial(expire, lab, staff, sku, f"{100 + second}.50"))
                for second in range(1, EXPIRIES + 1)
            ]
            lab.load(
                load.get(PATH, "list"),
                rate=RATE,
                seconds=EXPIRIES + 1,
                during=during,
                draw=turn,
                again=True,
                side=side,
            )
    lab.audit()


def expire(lab, staff, sku, price):
    """Changes a price, which ends every cached list; an event of the phase."""
    lab.note("expired")
    lab.request_ok("PATCH", f"/api/products/{sku}/", {"price": price}, staff)


def is_rendered(request):
    """Whether an instance rendered the list for this request."""
    return request.get("cache") == "miss"


def renderings(phase):
    """For each expiry, how many responses until the next one were rendered."""
    moments = [event["at"] for event in phase.events]
    ends = [*moments[1:], float("inf")]
    rendered = [request["end"] for request in phase.requests if is_rendered(request)]
    return [
        sum(begin <= end < next_one for end in rendered)
        for begin, next_one in zip(moments, ends, strict=True)
    ]


def judge(records):
    counts, measures = {}, {}
    for side in SIDES:
        phases = records.where(side=side)
        counts[side] = [count for phase in phases for count in renderings(phase)]
        measures[f"renderings for each expiry, {side}"] = Measure.of(
            estimates.median(counts[side]), "renderings"
        )
        measures[f"most renderings for an expiry, {side}"] = Measure.exact(
            max(counts[side]), "renderings"
        )
        p99 = estimates.span([phase.latency(99) for phase in phases])
        measures[f"p99, {side}"] = Measure.of(p99, "ms")
    guarded, unguarded = counts["guard"], counts["no guard"]
    sides = (records.where(side=side) for side in ("no guard", "guard"))
    change = change_of_latency(*sides, 99, level=records.level)
    measures["change of p99 with the guard"] = Measure.percent(change, "% of p99 without")
    calm = few("reads that failed", *records.failures(), "reads")
    measures["failed"] = Measure.exact(records.failures()[0], "reads")
    repeated = sum(count > 1 for count in guarded)
    many = estimates.median(unguarded, level=records.level)
    return Judgement(
        (
            few(
                "expiries that caused more than one rendering, with the guard",
                repeated,
                len(guarded),
                "expiries",
                allowed=MOST_REPEATED,
                level=records.level,
            ),
            at_least("renderings for each expiry without the guard", many, MANY, "renderings"),
            at_most("change of p99 of the reads with the guard", change.times(100), 0, "%"),
        ),
        f"renderings of an expired list: {estimates.median(guarded).value:g} with the guard,"
        f" {many.value:g} without; the guard changes p99 of the reads by {signed(change.value)}",
        measures,
        costs=("readers wait for the one that renders, up to 2 s when it dies meanwhile",),
        doubts=() if calm.state == "true" else (disturbed(calm.sentence()),),
    )


def figure(records, axes):
    rows = figures.stack_axes(axes, [1, 1])
    slowest = 0.0
    for row, (side, color) in zip(
        rows, (("guard", "#0072B2"), ("no guard", "#D55E00")), strict=True
    ):
        for rendered, mark in ((False, "."), (True, "x")):
            points = [
                point
                for phase in records.where(side=side)
                for point in since_expiry(phase, rendered=rendered)
            ]
            latencies = [latency for _, latency in points]
            color_of_mark = color if rendered else "0.6"
            row.plot([second for second, _ in points], latencies, mark, color=color_of_mark)
            slowest = max([slowest, *latencies])
        row.set(ylabel=f"latency (ms),\n{side}", xlim=(-0.2, 0.5))
    for row in rows:
        row.set_ylim(0, 1.1 * slowest)
    rows[0].set_xticklabels([])
    rows[1].set_xlabel("seconds since the list expired; x: the list was rendered for this read")


def since_expiry(phase, *, rendered):
    """(seconds since the nearest expiry, latency in ms) of each read that was rendered, or not."""
    for request in phase.counted:
        if is_rendered(request) == rendered:
            nearest = min((request["at"] - event["at"] for event in phase.events), key=abs)
            yield nearest, 1000 * (request["end"] - request["at"])
