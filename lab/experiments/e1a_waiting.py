"""1a: does capacity grow with the number of instances when requests wait?"""

from lab.analysis.conditions import at_least
from lab.analysis.verdict import Judgement
from lab.experiments.shared import capacity_curve
from lab.experiments.shared.protocol import Guess, Proof, Seconds

ID, CLAIM = "1a", 1
HEADLINE = True
TITLE = "More instances, more capacity"
QUESTION = "How much more load do N identical instances carry than one, when requests mostly wait?"
HYPOTHESIS = "N instances carry at least 0.75 N times the load of one."
METHOD = (
    "Each request waits 100 ms, as for another service (GET /api/lab/wait/). For each number of"
    " instances the capacity is searched: the highest arrival rate with p95 within 300 ms and at"
    " most 0.1 % failed requests. A rate that fails is tried once more. The Universal Scalability"
    " Law is fitted to the capacities. The bounds of its parameters are their lowest and highest"
    " values when one point is left out."
)
LIMITS = (
    "The request is a model of one that waits. All instances share one machine, so each takes"
    " some processor time from the others."
)
PROOF = Proof("each client address is bound to one instance", patches=("sticky",))
GUESS = Guess(
    "how many times the load of one instance do the most instances carry?",
    "gain, N = ",
    "gain by the law, N = ",
)
SECONDS = Seconds(quick=105, full=120)
MINIMUM = 0.75  # of N times the capacity of one instance

steady_phases = capacity_curve.steady_phases


def measure(lab):
    capacity_curve.measure(lab, "/api/lab/wait/?ms=100", first=40)


def judge(records):
    found = capacity_curve.capacities(records)
    most = max(found)
    gains = {number: capacity_curve.gain(found, number) for number in found if number > 1}
    return Judgement(
        tuple(
            at_least(f"capacity of {number} instances", gain, MINIMUM * number, "times that of one")
            for number, gain in gains.items()
        ),
        f"{most} instances carry {gains[most].value:.1f} times the load of one",
        capacity_curve.measures(records),
        costs=(capacity_curve.memory_cost(records),),
    )


def figure(records, axes):
    capacity_curve.draw(capacity_curve.capacities(records), axes)
