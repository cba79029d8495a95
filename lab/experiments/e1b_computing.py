"""1b: where do more instances stop helping?"""

from lab.analysis.verdict import Judgement, decide
from lab.experiments import capacity_curve
from lab.experiments.protocol import Proof, Seconds

ID, CLAIM = "1b", 1
TITLE = "What computes stops at the processors"
QUESTION = (
    "How many more requests do N equal instances carry than one, when a request only computes?"
)
HYPOTHESIS = (
    "More instances than processors add little: the gain stays under 1.25 times their number."
)
METHOD = (
    "As in 1a, but each request takes 20 ms of processor time (GET /api/lab/compute/) instead of waiting. One instance"
    " computes in one thread at a time."
)
LIMITS = (
    "The load generator, HAProxy and Postgres need processor time too: it is missing from the gain. Whether instances"
    " help at all is the question of 1a. With more than half as many processors as instances (8, quick 4) the limit"
    " cannot be seen, and the verdict is unknown."
)
PROOF = Proof("the requests wait instead of computing, as those of 1a do")
SECONDS = Seconds(quick=120, full=155)
ROOM = 1.25

settled = capacity_curve.settled


def measure(lab):
    waits = lab.proving
    capacity_curve.measure(
        lab,
        "/api/lab/wait/?ms=100" if waits else "/api/lab/compute/?ms=20",
        first=40 if waits else 30,
    )


def judge(records):
    found, cores = capacity_curve.capacities(records), records.facts("machine")[0]["cores"]
    most = max(found)
    gain = capacity_curve.gain(found, most).value
    finding = f"{most} instances on {cores} processors carry {gain:.1f} times what one carries"
    costs = (capacity_curve.memory_of_each(records),)
    doubts = (
        ()
        if most >= 2 * cores
        else (f"{most} instances cannot show the limit of {cores} processors",)
    )
    return Judgement(
        decide(gain < ROOM * cores), finding, capacity_curve.measures(records), costs, doubts
    )


def figure(records, axes):
    found, cores = capacity_curve.capacities(records), records.facts("machine")[0]["cores"]
    capacity_curve.draw(found, axes)
    axes.axvline(cores, ymax=0.7, color="#D55E00", linestyle=":")  # below the words
    axes.annotate(f" {cores} processors", (cores, 0), color="#D55E00", va="bottom")
