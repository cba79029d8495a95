"""2b: how many requests fail when an instance is killed, with more and more of HAProxy's measures
in force?"""

from lab.analysis import estimates, verdict
from lab.analysis.verdict import Judgement, Measure, decide
from lab.experiments.protocol import Proof, Seconds
from lab.workload import load

ID, CLAIM = "2b", 2
HEADLINE = True
TITLE = "Nobody notices when an instance dies"
QUESTION = "Which of HAProxy's measures makes the death of an instance unnoticed?"
HYPOTHESIS = "Without the three measures, reads fail when an instance is killed; with all of them, none does."
METHOD = (
    "Three instances, the cache off, 60 reads of the catalogue a second; at a random moment one instance is killed with"
    " SIGKILL and stays dead. Four configurations, three of them by patches that take measures away, each several"
    " times, interleaved. Counted: reads not answered with 2xx or 3xx."
)
LIMITS = "A dead process refuses connections; a machine that vanishes stays silent, which costs more time."
PROOF = Proof(
    "all three measures are taken away from every configuration",
    patches=("health-checks", "redispatch", "l7-retries"),
)
SECONDS = Seconds(quick=80, full=140)
LADDER = {
    "none of the three": ("health-checks", "redispatch", "l7-retries"),
    "+ health checks": ("redispatch", "l7-retries"),
    "+ redispatch": ("l7-retries",),
    "+ retries": (),
}
RATE, LENGTH = 60, 5


def measure(lab):
    for turn in range(3 if lab.quick else 5):
        for step, patches in LADDER.items():
            lab.set(replicas=3, CACHE="off", patches=patches)
            moment = load.fault_time(turn, lab.seed, earliest=1.5, span=1.5)
            phase = lab.load(
                load.get("/api/products/?page_size=5"),
                rate=RATE,
                seconds=LENGTH,
                during=[(moment, lambda: lab.kill("core-2"))],
                draw=turn,
                step=step,
            )
            lab.fact("sent again", step=step, count=lab.second_attempts(phase))
    lab.audit()


def failures(records, step):
    """(failed, sent) in all phases of this step."""
    phases = records.where(step=step)
    return sum(len(phase.failed) for phase in phases), sum(len(phase.counted) for phase in phases)


def judge(records):
    steps = {step: failures(records, step) for step in LADDER}
    measures = {}
    for step, (failed, sent) in steps.items():
        share = Measure.percent(estimates.share(failed, sent), "% of reads")
        measures |= {
            f"failed, {step}": share,
            f"failed, {step} (count)": Measure.exact(failed, f"of {sent}"),
        }
    again = verdict.sent_again(
        [fact for fact in records.facts("sent again") if fact["step"] == "+ retries"]
    )
    measures["second attempts, + retries"] = Measure.exact(
        again, f"for {steps['+ retries'][1]} reads"
    )
    first, last = steps["none of the three"][0], steps["+ retries"][0]
    return Judgement(
        decide(last == 0, first > 0),
        f"{first} reads fail without the three measures, {last} with all of them",
        measures,
        costs=(
            f"{again} second attempts for {steps['+ retries'][1]} reads, some of them work done twice",
        ),
    )


def figure(records, axes):
    shares = [100 * failed / sent for failed, sent in (failures(records, step) for step in LADDER)]
    bars = axes.bar(list(LADDER), shares, color="#0072B2")
    axes.bar_label(
        bars, [f"{failures(records, step)[0]} of {failures(records, step)[1]}" for step in LADDER]
    )
    axes.set(ylabel="failed reads (%)", xlabel="measures in force")
    axes.margins(y=0.15)
