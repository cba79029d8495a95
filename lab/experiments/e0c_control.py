"""0c: does the laboratory find a difference exactly when there is one?"""

import statistics

from lab.analysis import estimates
from lab.analysis.conditions import exactly, few
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared import processor_time
from lab.experiments.shared.protocol import Proof, Seconds
from lab.workload import load

ID, CLAIM = "0c", 0
ALONE = True  # it tests the laboratory, not a claim
TITLE = "The laboratory tests itself"
QUESTION = "How often is a difference found where there is none, and how often where there is one?"
HYPOTHESIS = (
    "Between identical requests a difference is found in at most 2 of 20 runs. Requests that take"
    " a fifth longer are found in every run, and so are requests that take a twentieth more"
    " processor time."
)
METHOD = (
    "One instance, 15 requests/s that compute for 38 ms. Each run has 8 rounds of four phases, in"
    " changing order: two with identical requests, one with requests that compute a fifth longer"
    " (compared by median latency), and one with a twentieth longer (compared by the instance's"
    " processor time, from the operating system). A difference counts when its interval excludes"
    " zero and its median exceeds 5 %. The twentieth counts when its interval excludes zero,"
    " because it is no larger than that."
)
LIMITS = (
    "The requests follow one another on one machine: differences between days or machines are not"
    " seen here."
)
PROOF = Proof("one of the two identical sides computes a fifth longer")
SECONDS = Seconds(quick=260, full=960)
RATE, LENGTH, WARMUP, PAIRS = 15, 1.2, 0.2, 8
# Milliseconds that a request computes. The rest of it takes 2 ms, so the totals 40, 48 and 42 are
# in the ratio 1, 1.2 and 1.05.
BASE, FIFTH, TWENTIETH = 38, 46, 40
ALLOWED = 0.1  # the share of runs that may find a difference between equals


def measure(lab):
    lab.configure(replicas=1, CACHE="off")
    sides = {"first": BASE, "equal": FIFTH if lab.proving else BASE}
    sides |= {"slower": FIFTH, "dearer": TWENTIETH}
    for run in range(5 if lab.quick else 20):
        for pair in range(PAIRS):
            for side in processor_time.rotated(sides, pair):
                measure_phase(lab, side, sides[side], run, pair)
    lab.audit()


def measure_phase(lab, side, milliseconds, run, pair):
    """Sends a second of such requests; records the instance's processor time as a fact."""
    phase, spent = processor_time.measure(
        lab,
        load.get(f"/api/lab/compute/?ms={milliseconds}", "compute"),
        rate=RATE,
        seconds=LENGTH,
        warmup=WARMUP,
        draw=f"{run}/{pair}",
        side=side,
        run=run,
    )
    lab.fact("spent", phase=phase.number, ms_per_request=round(1000 * spent, 4))


def changes(records, side, value):
    """For each run the change of `value(phase)` from `first` to this side."""

    def values(run, side):
        return [value(phase) for phase in records.where(run=run, side=side)]

    runs = sorted({phase.labels["run"] for phase in records.phases})
    return [estimates.change(values(run, "first"), values(run, side)) for run in runs]


def comparisons(records):
    """{comparison: [(change, whether it was found) for each run]}."""
    spent = {fact["phase"]: fact["ms_per_request"] for fact in records.facts("spent")}
    equal = changes(records, "equal", lambda phase: phase.latency(50))
    slower = changes(records, "slower", lambda phase: phase.latency(50))
    dearer = changes(records, "dearer", lambda phase: spent[phase.number])
    return {
        "equal": [(change, estimates.is_difference(change)) for change in equal],
        "a fifth slower": [
            (change, estimates.is_difference(change) and change.low > 0) for change in slower
        ],
        "a twentieth dearer": [(change, change.low > 0) for change in dearer],
    }


def judge(records):
    compared = comparisons(records)
    counts = {name: sum(found for _, found in rows) for name, rows in compared.items()}
    runs = len(compared["equal"])
    measures = {
        f"found, {name}": Measure.exact(count, f"of {runs} runs") for name, count in counts.items()
    }
    for name, rows in compared.items():
        middle = estimates.span([100 * change.value for change, _ in rows])
        measures[f"change, {name}"] = Measure.of(middle, "%")
    answered = few("requests that failed", *records.failures(), "requests")
    doubts = () if answered.state == "true" else (answered.sentence(),)
    return Judgement(
        (
            few(
                "runs that found a difference between equals",
                counts["equal"],
                runs,
                "runs",
                ALLOWED,
            ),
            exactly("runs that found a fifth of latency", counts["a fifth slower"], runs, "runs"),
            exactly(
                "runs that found a twentieth of time", counts["a twentieth dearer"], runs, "runs"
            ),
        ),
        f"of {runs} runs, {counts['equal']} found a difference where there is none,"
        f" {counts['a fifth slower']} found a fifth of latency,"
        f" {counts['a twentieth dearer']} a twentieth of processor time",
        measures,
        doubts=doubts,
    )


def figure(records, axes):
    for place, rows in enumerate(comparisons(records).values()):
        for number, (change, found) in enumerate(rows):
            height = place + 0.7 * (number / max(1, len(rows) - 1) - 0.5)
            color = "#0072B2" if found else "0.55"
            axes.plot(
                [100 * change.low, 100 * change.high], [height, height], color=color, linewidth=1
            )
            axes.plot(100 * change.value, height, "o" if found else "x", color=color, markersize=4)
        axes.annotate(
            f"found in {sum(found for _, found in rows)} of {len(rows)}",
            (1, place),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="center",
        )
    axes.axvline(0, color="0.3", linewidth=0.8)
    axes.set_yticks(range(3), comparisons(records))
    axes.invert_yaxis()
    axes.set(
        xlabel="change with its 95 % interval (%); dot: found, cross: not",
        ylabel="compared with the first",
    )
    axes.set_xlim(right=axes.get_xlim()[1] + 0.35 * statistics.fmean(map(abs, axes.get_xlim())))
