"""1a: does capacity grow with the number of instances when requests wait?"""

from lab.analysis.verdict import Judgement, decide
from lab.experiments import capacity_curve
from lab.experiments.protocol import Proof, Seconds

ID, CLAIM = "1a", 1
HEADLINE = True
TITLE = "More instances, more capacity"
QUESTION = (
    "How many more requests do N equal instances carry than one, when a request mostly waits?"
)
HYPOTHESIS = "N instances carry at least 0.75 N times what one carries."
METHOD = (
    "Each request waits 100 ms, as for another service (GET /api/lab/wait/). For each number of instances the arrival"
    " rate is searched up to which p95 stays within 300 ms and at most 0.1 % of the requests fail. A rate that fails"
    " is tried once more. The Universal Scalability Law is fitted to what was found;"
    " its bounds are the least and the most it becomes when one point is left out."
)
LIMITS = "A model of a request that waits. All instances share one machine, so each costs the others a little."
PROOF = Proof("each client's address is bound to one instance", patches=("sticky",))
SECONDS = Seconds(quick=130, full=175)
ENOUGH = 0.75

settled = capacity_curve.settled


def measure(lab):
    capacity_curve.measure(lab, "/api/lab/wait/?ms=100", first=40)


def judge(records):
    found = capacity_curve.capacities(records)
    most = max(found)
    gains = {number: capacity_curve.gain(found, number).value for number in found}
    return Judgement(
        decide(*(gain >= ENOUGH * number for number, gain in gains.items())),
        f"{most} instances carry {gains[most]:.1f} times what one carries",
        capacity_curve.measures(records),
        costs=(capacity_curve.memory_of_each(records),),
    )


def figure(records, axes):
    capacity_curve.draw(capacity_curve.capacities(records), axes)
