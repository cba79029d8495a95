"""0c: does the laboratory find differences where there are none, and does it find those that are
there?"""

import statistics as plain

from lab.analysis import estimates
from lab.analysis.verdict import Judgement, Measure, decide, hardly_any
from lab.experiments.protocol import Proof, Seconds
from lab.stack import process_tree
from lab.workload import load

ID, CLAIM = "0c", 0
ALONE = True  # it tests the laboratory, not a claim, so only its name starts it
TITLE = "The laboratory put to the test"
QUESTION = (
    "How often is a difference found between equals, and how often one that was made on purpose?"
)
HYPOTHESIS = (
    "Between equals in at most 2 of 20 runs; a request that takes a fifth longer, and one that takes a twentieth more"
    " processor time, are found in every run."
)
METHOD = (
    "One instance, 15 requests a second that compute for 38 ms. Each run has 8 pairs of one second; to each pair belong"
    " a phase, its equal, one with requests of a fifth more (median latency), and one of a twentieth more (processor"
    " time of the instance, read from the operating system), in changing order. A difference counts as everywhere"
    " here, except that a twentieth is found when its interval excludes zero: it is as small as the smallest effect."
)
LIMITS = "Equal requests one after the other on one machine: what differs between days or machines is not seen here."
PROOF = Proof("the equals are not: one takes a fifth longer")
SECONDS = Seconds(quick=260, full=960)
RATE, LENGTH, WARMUP, PAIRS = 15, 1.2, 0.2, 8
# Milliseconds computed on purpose; the rest of a request takes 2, so they are 1.2 and 1.05 times as
# dear.
BASE, FIFTH, TWENTIETH = 38, 46, 40
ALLOWED = 0.1  # of the runs between equals


def measure(lab):
    lab.set(replicas=1, CACHE="off")
    sides = {"first": BASE, "equal": FIFTH if lab.proving else BASE}
    sides |= {"slower": FIFTH, "dearer": TWENTIETH}
    for run in range(5 if lab.quick else 20):
        for pair in range(PAIRS):
            order = list(sides)
            order = order[pair % len(order) :] + order[: pair % len(order)]
            for side in order:
                one_phase(lab, side, sides[side], run, pair)
    lab.audit()


def one_phase(lab, side, milliseconds, run, pair):
    """A second of such requests; the processor time that the instance took for them is recorded as
    a fact."""
    pid = lab.system.supervisor.states()["core-1"][1]
    before = process_tree.cpu_seconds(pid)
    phase = lab.load(
        load.get(f"/api/lab/compute/?ms={milliseconds}", "compute"),
        rate=RATE,
        seconds=LENGTH,
        warmup=WARMUP,
        draw=f"{run}/{pair}",
        side=side,
        run=run,
    )
    spent = 1000 * (process_tree.cpu_seconds(pid) - before) / max(1, len(phase.requests))
    lab.fact("spent", phase=phase.number, ms_per_request=round(spent, 4))


def changes(records, side, value):
    """The change from `first` to this side in each run, with its interval."""
    runs = sorted({phase.labels["run"] for phase in records.phases})
    return [
        estimates.change(
            *([value(phase) for phase in records.where(run=run, side=s)] for s in ("first", side))
        )
        for run in runs
    ]


def found(records):
    """{comparison: [(change, whether it was found) of each run]}."""
    spent = {fact["phase"]: fact["ms_per_request"] for fact in records.facts("spent")}
    equal = changes(records, "equal", lambda phase: phase.latency(50))
    slower = changes(records, "slower", lambda phase: phase.latency(50))
    dearer = changes(records, "dearer", lambda phase: spent[phase.number])
    return {
        "equal": [(change, estimates.counts(change)) for change in equal],
        "a fifth slower": [
            (change, estimates.counts(change) and change.low > 0) for change in slower
        ],
        "a twentieth dearer": [(change, change.low > 0) for change in dearer],
    }


def judge(records):
    told = found(records)
    counts = {name: sum(yes for _, yes in rows) for name, rows in told.items()}
    runs = len(told["equal"])
    measures = {
        f"found, {name}": Measure.exact(count, f"of {runs} runs") for name, count in counts.items()
    }
    for name, rows in told.items():
        middle = estimates.median([100 * change.value for change, _ in rows])
        measures[f"change, {name}"] = Measure.of(middle, "%")
    failed, sent = records.failures()
    doubts = () if hardly_any(failed, sent) else (f"{failed} of {sent} requests failed",)
    return Judgement(
        decide(
            counts["equal"] <= ALLOWED * runs,
            counts["a fifth slower"] == runs,
            counts["a twentieth dearer"] == runs,
        ),
        f"of {runs} runs, {counts['equal']} found a difference between equals, {counts['a fifth slower']} a fifth,"
        f" {counts['a twentieth dearer']} a twentieth of processor time",
        measures,
        doubts=doubts,
    )


def figure(records, axes):
    for place, rows in enumerate(found(records).values()):
        for number, (change, yes) in enumerate(rows):
            height = place + 0.7 * (number / max(1, len(rows) - 1) - 0.5)
            color = "#0072B2" if yes else "0.55"
            axes.plot(
                [100 * change.low, 100 * change.high], [height, height], color=color, linewidth=1
            )
            axes.plot(100 * change.value, height, "o" if yes else "x", color=color, markersize=4)
        axes.annotate(
            f"found in {sum(yes for _, yes in rows)} of {len(rows)}",
            (1, place),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="center",
        )
    axes.axvline(0, color="0.3", linewidth=0.8)
    axes.set_yticks(range(3), found(records))
    axes.invert_yaxis()
    axes.set(
        xlabel="change with its 95 % interval (%); dot: found, cross: not",
        ylabel="compared with the first",
    )
    axes.set_xlim(right=axes.get_xlim()[1] + 0.35 * plain.fmean(map(abs, axes.get_xlim())))
