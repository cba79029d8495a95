"""The method of 1a and 1b: capacity over the number of instances, and the law fitted to it."""

from typing import Any, NamedTuple

import numpy
from matplotlib.axes import Axes

from lab.analysis import capacity, estimates, verdict
from lab.analysis.capacity import Objective
from lab.analysis.conditions import percent
from lab.analysis.estimates import Interval, Law
from lab.analysis.records import Phase, Records
from lab.analysis.verdict import Measure
from lab.stack import machine
from lab.workload import load

OBJECTIVE = Objective(p95_ms=300)
MAX_ERROR = 0.15  # of the fitted law at a point; a capacity is known to 10 %


def measure(lab: Any, path: str, *, first: float) -> None:
    """Searches the capacity with 1, 2, 4 and 8 instances (quick: without 8).

    `first` is the first rate to try with one instance.
    """
    lab.fact("machine", cores=machine.cores())
    guess, previous = first, 0.0
    for number in (1, 2, 4) if lab.quick else (1, 2, 4, 8):
        lab.configure(replicas=number, CACHE="off")
        found = lab.capacity(
            load.get(path),
            OBJECTIVE,
            guess=guess,
            seconds=2.5 if lab.quick else 3,
            precision=1.1,
            instances=number,
        )
        lab.fact("memory", instances=number, memory_mb=lab.memory_mb())
        # The next instances may add as much as the last ones did.
        guess, previous = found + max(0, found - previous), found
    lab.audit()


def capacities(records: Records) -> dict[int, Interval]:
    """{number of instances: capacity}."""
    numbers = sorted({phase.labels["instances"] for phase in records.phases})
    return {number: capacity.of(records.where(instances=number), OBJECTIVE) for number in numbers}


def steady_phases(records: Records) -> list[Phase]:
    """For each number of instances the phase at its capacity; higher rates overload on purpose."""
    numbers = capacities(records)
    best = [capacity.best_phase(records.where(instances=number), OBJECTIVE) for number in numbers]
    return [phase for phase in best if phase]


class Fit(NamedTuple):
    """The law fitted to capacities, and its greatest error at one of them (a share)."""

    law: Law
    error: float


def fit(found: dict[int, Interval]) -> Fit | None:
    """The law of these capacities; None when fewer than three are known, which fit any law."""
    known = {number: each.value for number, each in found.items() if each.value}
    if len(known) < 3:
        return None
    law = estimates.fit_law(known, known.values())
    return Fit(law, estimates.misfit(law, known, known.values()))


def gain(found: dict[int, Interval], number: int) -> Interval:
    """The capacity of so many instances divided by that of one, with the bounds of both."""
    return found[number].over(found[1])


def measures(records: Records) -> dict[str, Measure]:
    """Each capacity, the gain of the most instances, sigma and kappa, and the memory."""
    found = capacities(records)
    most = max(found)
    measured = {f"capacity, N = {n}": Measure.of(each, "requests/s") for n, each in found.items()}
    measured[f"gain, N = {most}"] = Measure.of(gain(found, most), "times")
    measured |= parameters(found)
    for number, memory in verdict.memory_by("instances", records.facts("memory")).items():
        measured[f"memory, N = {number}"] = Measure.of(memory, "MB")
    return measured


def parameters(found: dict[int, Interval]) -> dict[str, Measure]:
    """Sigma and kappa, when the law fits, and its error.

    Their bounds show how much they depend on a single point: the lowest and the highest value when
    one point is left out.
    """
    if not (best := fit(found)):
        return {}
    measured = {"greatest error of the law": Measure.exact(round(100 * best.error, 1), "%")}
    if best.error > MAX_ERROR:
        return measured
    most = max(found)
    by_law = best.law(most) / best.law(1)
    measured[f"gain by the law, N = {most}"] = Measure.exact(round(by_law, 2), "times")
    others = [fit({n: each for n, each in found.items() if n != out}) for out in list(found)[1:]]
    laws = [best.law, *(other.law for other in others if other)]
    units = {"sigma": "contention (share that queues)", "kappa": "coherency (cost of agreement)"}
    for name, unit in units.items():
        values = [round(getattr(law, name), 5) for law in laws]
        measured[name] = Measure(values[0], min(values), max(values), unit)
    return measured


def memory_cost(records: Records) -> str:
    """What an instance costs, as a sentence."""
    memory = verdict.memory_by("instances", records.facts("memory"))
    return f"{verdict.memory_per_unit(memory):.0f} MB of memory for each further instance"


def draw(found: dict[int, Interval], axes: Axes) -> None:
    """Draws capacity over instances: measured, N times that of one instance, and the law."""
    numbers = list(found)
    values = numpy.array([each.value for each in found.values()])
    above = numpy.array([each.high for each in found.values()]) - values
    fine = numpy.linspace(numbers[0], numbers[-1], 60)
    axes.errorbar(
        numbers,
        values,
        yerr=[0 * above, above],
        fmt="o",
        color="#0072B2",
        capsize=3,
        label="measured; the bar ends at the next rate, which failed",
    )
    best, law = fit(found), "Universal Scalability Law"
    if best and best.error <= MAX_ERROR:
        axes.plot(fine, best.law(fine), color="#0072B2", label=f"{law}, fitted to the points")
    else:
        why = f"is up to {percent(best.error)} off" if best else "needs three points"
        axes.plot([], [], " ", label=f"{law}: not drawn, because it {why}")
    ideal = [values[0] * number for number in numbers]
    axes.plot(numbers, ideal, "--", color="0.6", label="N times the capacity of one instance")
    axes.set(xlabel="instances of core_api (N)", ylabel="capacity (requests/s)", xticks=numbers)
    axes.set_ylim(0, 1.3 * max(*ideal, *(values + above)))  # space for the legend
    axes.legend(loc="upper left", frameon=False)
