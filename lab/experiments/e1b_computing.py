"""1b: where do more instances stop helping?"""

from lab.analysis.conditions import at_most
from lab.analysis.verdict import Judgement
from lab.experiments.shared import capacity_curve
from lab.experiments.shared.protocol import Guess, Proof, Seconds

ID, CLAIM = "1b", 1
TITLE = "Computing stops scaling at the core count"
QUESTION = "How much more load do N identical instances carry than one, when requests only compute?"
HYPOTHESIS = (
    "More instances than processors add little: the gain stays below 1.25 times the number of"
    " processors."
)
METHOD = (
    "As in 1a, but each request takes 20 ms of processor time (GET /api/lab/compute/) instead of"
    " waiting. An instance computes in one thread at a time."
)
LIMITS = (
    "The load generator, HAProxy and Postgres need processor time too, which lowers the gain."
    " Whether instances help at all is the question of 1a. The limit is visible only with at least"
    " twice as many instances (8, quick 4) as processors; otherwise the verdict is unknown. On"
    " Linux taskset -c 0,1 ./escala run 1b uses two processors."
)
PROOF = Proof("the requests wait instead of computing, as in 1a")
GUESS = Guess(
    "how many times the load of one instance do the most instances carry?",
    "gain, N = ",
    "gain by the law, N = ",
)
SECONDS = Seconds(quick=110, full=130)
MAXIMUM = 1.25  # times the number of processors

steady_phases = capacity_curve.steady_phases


def measure(lab):
    if lab.proving:
        capacity_curve.measure(lab, "/api/lab/wait/?ms=100", first=40)
    else:
        capacity_curve.measure(lab, "/api/lab/compute/?ms=20", first=30)


def judge(records):
    found, cores = capacity_curve.capacities(records), records.facts("machine")[0]["cores"]
    most = max(found)
    gain = capacity_curve.gain(found, most)
    finding = f"{most} instances on {cores} processors carry {gain.value:.1f} times the load of one"
    name = f"capacity of {most} instances on {cores} processors"
    costs = (capacity_curve.memory_cost(records),)
    doubts = () if most >= 2 * cores else (too_few(records.header, most, cores),)
    return Judgement(
        (at_most(name, gain, MAXIMUM * cores, "times that of one"),),
        finding,
        capacity_curve.measures(records),
        costs,
        doubts,
    )


def too_few(header, most, cores):
    """Why so few instances show nothing, and how to measure with fewer processors."""
    options = " --quick" * header["quick"] + " --prove" * header["proving"]
    return (
        f"{most} instances cannot show the limit of {cores} processors; on Linux"
        f" 'taskset -c 0,1 ./escala run 1b{options}' uses two of them"
    )


def figure(records, axes):
    found, cores = capacity_curve.capacities(records), records.facts("machine")[0]["cores"]
    capacity_curve.draw(found, axes)
    axes.axvline(cores, ymax=0.7, color="#D55E00", linestyle=":")  # below the legend
    axes.annotate(f" {cores} processors", (cores, 0), color="#D55E00", va="bottom")
