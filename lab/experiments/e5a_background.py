"""5a: do reports slow down the reads of the catalogue?"""

import statistics

from lab.analysis import estimates
from lab.analysis.conditions import NOTHING, at_least, at_most, few, signed
from lab.analysis.records import change_of_latency
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared.protocol import Guess, Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import load, shop

ID, CLAIM = "5a", 5
TITLE = "Long work does not slow down readers"
QUESTION = "How much slower is the catalogue while reports are made?"
HYPOTHESIS = (
    "When reports are made within their requests (TASKS=inline), p95 of the reads more than"
    " doubles. When a worker makes them (TASKS=queued), p95 does not double and rises by less than"
    " half as much, at most 0.1 % of the reads and of the report requests fail, and every report"
    " that was accepted is made."
)
METHOD = (
    "One instance, one worker, 40 reads of the catalogue per second, in pairs of phases: one with"
    " reads alone, one with 8 requests/s for reports of 90 days as well. TASKS=inline and"
    " TASKS=queued are interleaved. Compared: the change of the reads' p95, as geometric means over"
    " the phases with Welch's interval. The worker has to make reports during each phase with"
    " reports."
)
LIMITS = "The worker runs on the same machine and takes processor time from the instance."
PROOF = Proof("reports are made within their requests on both sides", levers={"TASKS": "inline"})
GUESS = Guess(
    "by how many percent do reports slow the catalogue when requests make them?",
    "change of p95, inline",
)
SECONDS = Seconds(quick=150, full=190)
READS, REPORTS, LENGTH = 40, 8, 4
SIDES = ("queued", "inline")
PAIRS = {"queued": 3, "inline": 2}  # in a turn; a change that is near its limit needs more of them
KINDS = ("product", "list", "best sellers")
DOUBLED = 100  # a rise of so many percent


def measure(lab):
    lab.configure(replicas=1)
    failed = shop.count_jobs(lab, "failed")
    for turn in lab.turns(2, 5):
        for tasks in there_and_back(SIDES, turn):
            lab.configure(replicas=1, TASKS=tasks)
            reads, report = shop.catalogue_reads(lab), shop.report_request(lab)
            for pair in range(PAIRS[tasks]):
                for reports in (0, REPORTS):
                    requests = load.mixture(
                        (READS, reads), (reports, lambda chance, report=report: report)
                    )
                    labels = {
                        "tasks": tasks,
                        "pair": PAIRS[tasks] * turn + pair,
                        "reports": reports,
                    }
                    measure_phase(lab, requests, READS + reports, labels)
        lab.fact("failed jobs", count=shop.count_jobs(lab, "failed") - failed)
    lab.audit()


def measure_phase(lab, requests, rate, labels):
    """One phase, and how many reports the worker made meanwhile as a fact."""
    done = 0

    def prepare():
        nonlocal done
        shop.wait_for_jobs(lab)
        done = shop.count_jobs(lab, "done")

    lab.load(requests, rate=rate, seconds=LENGTH, again=True, prepare=prepare, **labels)
    lab.fact("made meanwhile", **labels, count=shop.count_jobs(lab, "done") - done)
    shop.wait_for_jobs(lab)


def p95(records, tasks, reports):
    """p95 of the reads, in each phase with so many report requests per second."""
    return [phase.latency(95, *KINDS) for phase in records.where(tasks=tasks, reports=reports)]


def judge(records):
    measures, slower = {}, {}
    for tasks in SIDES:
        quiet, busy = p95(records, tasks, 0), p95(records, tasks, REPORTS)
        sides = (records.where(tasks=tasks, reports=reports) for reports in (0, REPORTS))
        slower[tasks] = change_of_latency(*sides, 95, *KINDS, level=records.level)
        measures[f"p95 without reports, {tasks}"] = Measure.of(estimates.span(quiet), "ms")
        measures[f"p95 with reports, {tasks}"] = Measure.of(estimates.span(busy), "ms")
        measures[f"change of p95, {tasks}"] = Measure.percent(
            slower[tasks], "% of p95 without reports"
        )
    queued, inline = (slower[tasks] for tasks in SIDES)
    relative = queued.over(inline) if inline.low > 0 else NOTHING
    reads, reports = (records.failures(*kinds, tasks="queued") for kinds in (KINDS, ["report"]))
    for name, (failed, sent) in (("reads", reads), ("reports", reports)):
        measures[f"failed {name}, queued"] = Measure.exact(failed, f"of {sent}")
    facts = records.facts("made meanwhile", tasks="queued", reports=REPORTS)
    made = [fact["count"] for fact in facts]
    measures["reports made during a phase, queued"] = Measure(
        statistics.median(made), min(made), max(made), "reports"
    )
    *_, unmade = records.facts("failed jobs")  # since the beginning
    measures["reports that were accepted and not made"] = Measure.exact(unmade["count"], "reports")
    return Judgement(
        (
            at_least("rise of p95 with reports within requests", inline.times(100), DOUBLED, "%"),
            at_most("rise of p95 with reports by a worker", queued.times(100), DOUBLED, "%"),
            at_most(
                "rise of p95 with reports by a worker, relative",
                relative.times(100),
                50,
                "% of that within requests",
            ),
            few(
                "reads that failed while a worker made reports",
                *reads,
                "reads",
                level=records.level,
            ),
            few("report requests that failed", *reports, "requests", level=records.level),
            at_most("reports that were accepted and not made", unmade["count"], 0, "reports"),
        ),
        f"reports change p95 of the reads by {signed(queued.value)} when a worker makes them,"
        f" by {signed(inline.value)} when they are made within their requests",
        measures,
        costs=("a client needs a second request to get its report",),
        doubts=tuple(doubts(records, made)),
    )


def doubts(records, made):
    """Why reports do not explain the reads; `made` are how many each phase made."""
    calm = few("reads that failed without reports", *records.failures(*KINDS, reports=0), "reads")
    if calm.state != "true":
        yield disturbed(calm.sentence())
    if 0 in made:  # such a phase shows nothing
        yield f"the worker made no report in {made.count(0)} of {len(made)} phases"


def figure(records, axes):
    for place, (tasks, color) in enumerate(zip(SIDES, ("#0072B2", "#D55E00"), strict=True)):
        quiet, busy = p95(records, tasks, 0), p95(records, tasks, REPORTS)
        for pair in zip(quiet, busy, strict=True):
            axes.plot([2.5 * place, 2.5 * place + 1], pair, "o-", color=color, alpha=0.8)
        words = f" {estimates.median(busy).value:.0f} ms"
        axes.annotate(words, (2.5 * place + 1.05, estimates.median(busy).value), va="center")
        middle = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "top"}
        axes.text(2.5 * place + 0.5, 0.97, f"TASKS={tasks}", **middle)
    axes.set(ylabel="p95 of catalogue reads (ms)", xlabel="the same rate of reads in every phase")
    axes.set_xticks([0, 1, 2.5, 3.5], ["no reports", "with reports"] * 2)
    axes.set_xlim(-0.5, 4.2)
    axes.set_ylim(bottom=0)
    axes.margins(y=0.2)
