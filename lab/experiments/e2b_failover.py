"""2b: how many requests fail when an instance is killed, with more and more protections?"""

from lab.analysis import estimates, verdict
from lab.analysis.conditions import at_least, at_most
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Guess, Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import load

ID, CLAIM = "2b", 2
HEADLINE = True
TITLE = "An instance dies and no read fails"
QUESTION = "Do HAProxy's protections hide the death of an instance from clients?"
HYPOTHESIS = (
    "Without the three protections, reads fail when an instance is killed; with all of them,"
    " none fails."
)
METHOD = (
    "Three instances without a cache, 60 reads of the catalogue per second. At a random time one"
    " instance is killed with SIGKILL and stays dead. There are four configurations, three of them"
    " with patches that remove protections. Each is measured several times, interleaved."
    " Counted: reads that were not answered with 2xx or 3xx."
)
LIMITS = (
    "A dead process refuses connections. A machine that disappears does not answer at all, which"
    " takes longer to detect."
)
PROOF = Proof(
    "all three protections are missing in every configuration",
    patches=("health-checks", "redispatch", "l7-retries"),
)
GUESS = Guess(
    "of 100 reads, how many fail when one of three instances dies and nothing protects them?",
    "failed, none of the three",
)
SECONDS = Seconds(quick=62, full=62)
CONFIGURATIONS = {  # step: the patches that remove protections
    "none of the three": ("health-checks", "redispatch", "l7-retries"),
    "+ health checks": ("redispatch", "l7-retries"),
    "+ redispatch": ("l7-retries",),
    "+ retries": (),
}
NONE_MAY_FAIL = ({"step": "+ retries"},)
RATE, LENGTH = 60, 5


def measure(lab):
    for turn in lab.turns(2, 5):
        for step, patches in there_and_back(CONFIGURATIONS.items(), turn):
            lab.configure(replicas=3, CACHE="off", patches=patches)
            kill_at = load.fault_time(turn, lab.seed, earliest=1.5, span=1.5)
            phase = lab.load(
                load.get("/api/products/?page_size=5"),
                rate=RATE,
                seconds=LENGTH,
                during=[(kill_at, lambda: lab.kill("core-2"))],
                draw=turn,
                step=step,
            )
            lab.fact("sent again", step=step, count=lab.second_attempts(phase))
    lab.audit()


def judge(records):
    steps = {step: records.failures(step=step) for step in CONFIGURATIONS}
    measures = {}
    for step, (failed, sent) in steps.items():
        share = Measure.percent(estimates.share(failed, sent), "% of reads")
        measures |= {
            f"failed, {step}": share,
            f"failed, {step} (count)": Measure.exact(failed, f"of {sent}"),
        }
    again = verdict.second_attempts(records.facts("sent again", step="+ retries"))
    (first, unprotected), (last, reads) = steps["none of the three"], steps["+ retries"]
    measures["second attempts, + retries"] = Measure.exact(again, f"for {reads} reads")
    return Judgement(
        (
            at_most("reads that failed with all three protections", last, 0, f"of {reads}"),
            at_least(
                "reads that failed without the three protections", first, 1, f"of {unprotected}"
            ),
        ),
        f"{first} reads fail without the three protections, {last} with all of them",
        measures,
        costs=(f"{again} second attempts for {reads} reads, some of which repeat finished work",),
    )


def figure(records, axes):
    counts = [records.failures(step=step) for step in CONFIGURATIONS]
    shares = [100 * failed / sent for failed, sent in counts]
    bars = axes.bar(list(CONFIGURATIONS), shares, color="#0072B2")
    axes.bar_label(bars, [f"{failed} of {sent}" for failed, sent in counts])
    axes.set(ylabel="failed reads (%)", xlabel="protections in force")
    axes.margins(y=0.15)
