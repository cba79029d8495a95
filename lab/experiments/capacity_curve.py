"""SCALING: capacity over the number of instances, and the law fitted to it; the method that 1a and
1b share."""

from lab.analysis import capacity, estimates, verdict
from lab.analysis.capacity import Objective
from lab.analysis.verdict import Measure
from lab.stack import machine
from lab.workload import load

OBJECTIVE = Objective(p95_ms=300)


def measure(lab, path, *, first):
    """Searches the capacity with 1, 2, ... instances (quick: to 4, else to 8); `first` is where to
    begin with one."""
    lab.fact("machine", cores=machine.cores())
    guess, before = first, 0
    for number in (1, 2, 3, 4) if lab.quick else (1, 2, 3, 4, 6, 8):
        lab.set(replicas=number, CACHE="off")
        found = lab.capacity(
            load.get(path),
            OBJECTIVE,
            guess=guess,
            seconds=3.5 if lab.quick else 3,
            precision=1.12,
            instances=number,
        )
        lab.fact("memory", instances=number, memory_mb=lab.memory_mb())
        # What the last instances added, the next may add too.
        guess, before = found + max(0, found - before), found
    lab.audit()


def capacities(records):
    """{instances: the capacity with so many}."""
    numbers = sorted({phase.labels["instances"] for phase in records.phases})
    return {number: capacity.of(records.where(instances=number), OBJECTIVE) for number in numbers}


def settled(records):
    """Of each number of instances the probe that was the capacity: those above it were meant to
    overload."""
    numbers = capacities(records)
    best = [capacity.best_phase(records.where(instances=number), OBJECTIVE) for number in numbers]
    return [phase for phase in best if phase]


def law(found):
    return estimates.fit_law(list(found), [each.value for each in found.values()])


def measures(records):
    """The figures of a scaling experiment: each capacity, what the most instances gain, the law,
    the memory."""
    found = capacities(records)
    fitted, most = law(found), max(found)
    told = {
        f"capacity, N = {number}": Measure.of(each, "requests/s") for number, each in found.items()
    }
    told[f"gain, N = {most}"] = Measure.of(gain(found, most), "times")
    # How much they hang on a single point: the least and the most that they become when one is left
    # out.
    others = [
        fitted,
        *(
            law({n: each for n, each in found.items() if n != left_out})
            for left_out in list(found)[1:]
        ),
    ]
    for name, unit in (("sigma", "share that queues"), ("kappa", "cost of agreement")):
        values = [round(getattr(other, name), 5) for other in others]
        told[name] = Measure(values[0], min(values), max(values), unit)
    for number, memory in verdict.memory(records.facts("memory"), "instances").items():
        told[f"memory, N = {number}"] = Measure.of(memory, "MB")
    return told


def memory_of_each(records):
    """The price of capacity, as a sentence."""
    memory = verdict.memory(records.facts("memory"), "instances")
    return f"{verdict.of_each(memory):.0f} MB of memory for each further instance"


def gain(found, number):
    """How many times the capacity of one instance so many have, with the bounds of both
    capacities."""
    one, many = found[1], found[number]
    return estimates.Interval(many.value / one.value, many.low / one.high, many.high / one.low)


def draw(found, axes):
    """Capacity over instances: measured with bounds, N times one instance's, the law."""
    import numpy

    numbers = list(found)
    values = numpy.array([each.value for each in found.values()])
    above = numpy.array([each.high for each in found.values()]) - values
    fine = numpy.linspace(numbers[0], numbers[-1], 60)
    bars = {"yerr": [0 * above, above], "fmt": "o", "color": "#0072B2", "capsize": 3}
    axes.errorbar(
        numbers, values, **bars, label="measured; the bar ends at the next rate, which failed"
    )
    axes.plot(
        fine, law(found)(fine), color="#0072B2", label="Universal Scalability Law, fitted to it"
    )
    ideal = [values[0] * number for number in numbers]
    axes.plot(numbers, ideal, "--", color="0.6", label="N times what one carries")
    axes.set(xlabel="instances of core_api (N)", ylabel="capacity (requests/s)", xticks=numbers)
    axes.set_ylim(0, 1.3 * max(*ideal, *(values + above)))  # room for the words
    axes.legend(loc="upper left", frameon=False)
