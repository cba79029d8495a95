"""1c: does a law that was fitted on few instances say what more of them carry?"""

from typing import NamedTuple

import numpy

from lab.analysis import capacity, prediction
from lab.analysis.capacity import Objective
from lab.analysis.conditions import NOTHING, at_least, at_most, percent
from lab.analysis.estimates import Interval
from lab.analysis.figures import COLORS
from lab.analysis.prediction import Prediction
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Guess, Proof, Seconds
from lab.stack import machine
from lab.workload import load, shop

ID, CLAIM = "1c", 1
TITLE = "Capacity, predicted and then measured"
QUESTION = "Can the capacity of many instances be predicted from measurements of a few?"
HYPOTHESIS = (
    "A law fitted on at most four instances predicts the capacity of six and eight: each prediction"
    " is at most 10 % off, and all 90 % intervals but one hold what is measured afterwards. --quick"
    " predicts only eight, for two kinds of requests: there both intervals hold it."
)
METHOD = (
    "Three kinds of requests: those of 1a, which wait, those of 1b, which compute, and reads of the"
    " catalogue without a cache. The capacities of 1, 2, 3 and 4 instances are searched as in 1a,"
    " and the processor time that a request takes in all parts of the system is measured. From"
    " these the capacities of 6 and 8 are predicted and recorded, and only then searched. The law:"
    " what the instances carry while a processor is free (Universal Scalability Law), but no more"
    " than the processors do. --quick leaves out computing and the numbers 3 and 6."
)
LIMITS = (
    "The law knows what limited the measured instances, and the processors. It cannot know a limit"
    " that only more instances reach. The generator's processor time counts, because it runs on the"
    " same machine. Too wide an interval is no prediction, so the verdict is then unknown."
)
PROOF = Proof("all instances together serve at most 24 requests at a time", ("shared-places",))
GUESS = Guess(
    "how many requests per second do eight instances carry when each request waits 100 ms?",
    "capacity, 8 instances, waiting",
    "predicted, 8 instances, waiting",
)
SECONDS = Seconds(quick=225, full=650)
OBJECTIVE = Objective(p95_ms=300)
KINDS = {"waiting": 45, "computing": 35, "catalogue": 250}  # the first rate to try
PRECISION = 1.033  # of the capacities
FITTED, HIDDEN = (1, 2, 3, 4), (6, 8)
MAX_ERROR, MAX_WIDTH = 10, 25  # percent
MISSES, MANY = 1, 4  # one in ten intervals misses by chance; of fewer than MANY none may


def measure(lab):
    lab.fact("machine", cores=machine.cores())
    kinds = [kind for kind in KINDS if not (lab.quick and kind == "computing")]
    guesses, found = {kind: KINDS[kind] for kind in kinds}, dict.fromkeys(kinds, 0)
    for instances in (1, 2, 4) if lab.quick else FITTED:
        for kind, carried in search(lab, instances, guesses).items():
            guesses[kind] = carried + max(0, carried - found[kind])
            found[kind] = carried
    recorded, cores = lab.recorded(), machine.cores()
    hidden = {instances: {} for instances in (HIDDEN[1:] if lab.quick else HIDDEN)}
    for kind in kinds:
        points = prediction.points(recorded, OBJECTIVE, kind=kind)
        for instances, predicted in prediction.predict(points, cores, hidden).items():
            of = {"kind": kind, "instances": instances, "after": len(recorded.phases)}
            lab.fact("prediction", **of, values=predicted._asdict())
            hidden[instances][kind] = predicted.value or found[kind]
    for instances, expected in hidden.items():
        search(lab, instances, expected)
    lab.audit()


def search(lab, instances, guesses):
    """{kind: capacity} of so many instances."""
    lab.configure(replicas=instances, CACHE="off")
    requests = {
        "waiting": load.get("/api/lab/wait/?ms=100"),
        "computing": load.get("/api/lab/compute/?ms=20"),
        "catalogue": shop.catalogue_reads(lab),
    }
    how = {"seconds": 2.5 if lab.quick else 3, "precision": PRECISION, "instances": instances}
    return {
        kind: lab.capacity(requests[kind], OBJECTIVE, guess=guess, kind=kind, **how)
        for kind, guess in guesses.items()
    }


class Row(NamedTuple):
    """A prediction and what was measured after it."""

    kind: str
    instances: int
    predicted: Prediction
    measured: Interval  # requests/s
    is_honest: bool  # whether it was recorded before any phase with so many instances

    @property
    def name(self):
        return f"{self.instances} instances, {self.kind}"

    @property
    def error(self):
        """How far off the prediction is, too high or too low, in percent of the capacity."""
        if not self.measured.low:
            return NOTHING
        off = [100 * (self.predicted.value / bound - 1) for bound in self.measured]
        least = 0 if min(off) < 0 < max(off) else min(map(abs, off))
        return Interval(abs(off[0]), least, max(map(abs, off)))

    @property
    def holds(self):
        """Whether the predicted interval holds the measured value, and any of its interval."""
        _, low, high, _ = self.predicted
        value, least, most = self.measured
        return low <= value <= high, low <= most and least <= high


def rows(records):
    """The predictions, in the order in which they were made."""
    found = []
    for fact in records.facts("prediction"):
        phases = records.where(kind=fact["kind"], instances=fact["instances"])
        measured = prediction.middle(capacity.of(phases, OBJECTIVE))
        is_honest = all(phase.number >= fact["after"] for phase in phases)
        predicted = Prediction(**fact["values"])
        found.append(Row(fact["kind"], fact["instances"], predicted, measured, is_honest))
    return found


def judge(records):
    found, measures = rows(records), {}
    for row in found:
        measures[f"predicted, {row.name}"] = Measure(*row.predicted[:3], "requests/s")
        measures[f"capacity, {row.name}"] = Measure.of(row.measured, "requests/s")
        chance = round(100 * row.predicted.by_processors)
        measures[f"the processors are the limit, {row.name}"] = Measure.exact(chance, "% likely")
    for kind, parts in costs(records).items():
        total = 1000 * sum(parts.values())
        measures[f"processor time, {kind}"] = Measure.exact(round(total, 2), "ms per request")
    worst = max((row.error.value for row in found), default=numpy.nan)
    last = " and ".join(str(each) for each in sorted({row.instances for row in found}))
    return Judgement(
        conditions(found),
        f"fitted on at most {max(FITTED)} instances, the law predicts {last} within {worst:.3g} %",
        measures,
        tuple(sentences_on_costs(records)),
        tuple(refusals(found)),
    )


def conditions(found):
    """Each prediction is near, and all intervals hold what was measured; of many all but one.

    One of few may miss by chance: that decides nothing.
    """
    held, most = (sum(each) for each in zip(*(row.holds for row in found), strict=True))
    allowed = MISSES if len(found) >= MANY else 0
    most = min(len(found), most + MISSES - allowed)
    return (
        *(
            at_most(f"error of the prediction, {row.name}", row.error, MAX_ERROR, "%")
            for row in found
        ),
        at_least(
            "90 % intervals that hold the measured capacity",
            Interval(held, held, most),
            len(found) - allowed,
            f"of {len(found)}",
        ),
    )


def refusals(found):
    """Why there is no prediction, as sentences."""
    for row in found:
        width = 100 * row.predicted.width
        if numpy.isinf(width):
            yield f"{row.name}: no law explains what fewer instances carried"
        elif width > MAX_WIDTH:
            yield (
                f"{row.name}: the interval of the prediction is {width:.0f} % wide;"
                f" at most {MAX_WIDTH} % may be"
            )
        if not row.is_honest:
            yield f"{row.name}: it was measured before it was predicted"


def steady_phases(records):
    """For each kind and number of instances the phase at its capacity."""
    settings = {tuple(phase.labels.items()): phase.labels for phase in records.phases}
    best = [capacity.best_phase(records.where(**labels), OBJECTIVE) for labels in settings.values()]
    return [phase for phase in best if phase]


def kinds(records):
    return list(dict.fromkeys(fact["kind"] for fact in records.facts("prediction")))


def costs(records):
    """{kind: {part: seconds of processor time per request}}, with the most fitted instances."""
    found = {}
    for kind in kinds(records):
        phases = records.where(kind=kind, instances=max(FITTED))
        if best := capacity.best_phase(phases, OBJECTIVE):
            found[kind] = prediction.costs(records, best)
    return found


def sentences_on_costs(records):
    for kind, parts in costs(records).items():
        total = sum(parts.values())
        largest = sorted(parts, key=parts.get, reverse=True)[:3]
        words = ", ".join(f"{part} {percent(parts[part] / total)}" for part in largest if total)
        yield f"a request ({kind}) takes {1000 * total:.1f} ms of processor time: {words}"


def figure(records, axes):
    cores = records.facts("machine")[0]["cores"]
    numbers = range(1, max(HIDDEN) + 1)
    for kind, color in zip(kinds(records), COLORS, strict=False):
        known = [
            point
            for point in prediction.points(records, OBJECTIVE, kind=kind)
            if point.instances <= max(FITTED)
        ]
        axes.plot(
            [point.instances for point in known],
            [point.capacity.value for point in known],
            "o",
            color=color,
            label=kind,
        )
        curve = list(prediction.predict(known, cores, numbers).values())
        if all(numpy.isfinite(each.high) for each in curve):
            axes.plot(numbers, [each.value for each in curve], color=color)
            low, high = [each.low for each in curve], [each.high for each in curve]
            axes.fill_between(numbers, low, high, color=color, alpha=0.15, linewidth=0)
        own = [row for row in rows(records) if row.kind == kind]
        values = [row.measured.value for row in own]
        axes.plot([row.instances for row in own], values, "o", color=color, mfc="white", ms=8)
    axes.plot([], [], "-", color="0.4", label="fitted to the full points, with its 90 % band")
    axes.plot([], [], "o", color="0.4", mfc="white", ms=8, label="measured after the prediction")
    axes.set(xlabel="instances of core_api (N)", ylabel="capacity (requests/s)", xticks=numbers)
    axes.set_ylim(0, 1.3 * axes.get_ylim()[1])  # space for the legend
    axes.legend(loc="upper left", frameon=False)
