"""5b: do more workers do the same tasks in less time, and does the catalogue notice?"""

from lab.analysis import estimates, figures, verdict
from lab.analysis.verdict import Judgement, Measure, decide, hardly_any
from lab.experiments.protocol import Proof, Seconds
from lab.workload import shop
from lab.workload.shop import catalogue_reads

ID, CLAIM = "5b", 5
TITLE = "Workers scale alone"
QUESTION = "How long do 16 tasks take with more and more workers, and what do readers of the catalogue notice?"
HYPOTHESIS = (
    "W workers are at least 0.6 W times as fast as one; p95 of the reads is less than twice what it is with one,"
    " and no more than 0.1 % of them fail; every task is done."
)
METHOD = (
    "Two instances, 20 reads of the catalogue a second. 16 reports are asked for at once, each of which waits"
    " 0.6 s in place of its work (a patch), as for a slow service. The time from the first one's acceptance to the"
    " last one's end is what the database says. The numbers of workers take turns."
)
LIMITS = (
    "Tasks that wait: those that compute stop at the number of processors, as requests do in 1b."
)
PROOF = Proof(
    "tasks are done within their requests, whatever the number of workers",
    levers={"TASKS": "inline"},
)
SECONDS = Seconds(quick=100, full=165)
TASKS, TASK, RATE = 16, 0.6, 20
ENOUGH, DOUBLE = 0.6, 1.0


def numbers(quick):
    return (1, 2, 4) if quick else (1, 2, 3, 4)


def measure(lab):
    for turn in range(3 if lab.quick else 4):
        for workers in numbers(lab.quick):
            lab.set(workers=workers, patches=("waiting-reports",))
            requests, report, asked = catalogue_reads(lab), shop.report_request(lab)(None), []

            def ask(report=report, asked=asked):
                for _ in range(TASKS):
                    answer = lab.ask(
                        report["method"], report["path"], report["body"], report["headers"]
                    )
                    asked.append(answer["id"])

            seconds = 2.5 + TASKS * TASK / workers
            lab.load(
                requests,
                rate=RATE,
                seconds=seconds,
                during=[(0, ask)],
                warmup=1.5,
                workers=workers,
                turn=turn,
            )
            shop.wait_for_jobs(lab)
            told = {"seconds": shop.makespan(lab, asked), "undone": shop.jobs_not_done(lab, asked)}
            lab.fact("tasks", workers=workers, memory_mb=lab.memory_mb(), **told)
    lab.audit()


def makespans(records):
    """{workers: [seconds from the first task's acceptance to the last one's end]}."""
    found = {}
    for fact in records.facts("tasks"):
        found.setdefault(fact["workers"], []).append(fact["seconds"])
    return dict(sorted(found.items()))


def undone(records):
    """How many tasks were accepted and are not done."""
    return sum(fact["undone"] for fact in records.facts("tasks"))


def judge(records):
    found = makespans(records)
    most = max(found)
    p95 = {
        workers: [phase.latency(95) for phase in records.where(workers=workers)]
        for workers in found
    }
    times = {workers: estimates.median(seconds) for workers, seconds in found.items()}
    slower = {workers: estimates.change(p95[1], p95[workers]) for workers in found if workers > 1}
    measures = {
        f"time, {workers} workers": Measure.of(time, "s") for workers, time in times.items()
    }
    measures |= {
        f"p95, {n} workers": Measure.of(estimates.median(each), "ms") for n, each in p95.items()
    }
    for number, change in slower.items():
        measures[f"change of p95, {number} workers"] = Measure.percent(change, "% of p95 with one")
    memory = verdict.memory(records.facts("tasks"), "workers")
    measures |= {f"memory, {n} workers": Measure.of(each, "MB") for n, each in memory.items()}
    measures["accepted and not done"] = Measure.exact(undone(records), "tasks")
    failed = records.failures()
    measures["failed"] = Measure.exact(failed[0], f"of {failed[1]} reads")
    gains = {workers: times[1].value / time.value for workers, time in times.items()}
    return Judgement(
        decide(
            *(gain >= ENOUGH * workers for workers, gain in gains.items()),
            *(change.value < DOUBLE for change in slower.values()),
            hardly_any(*failed),
            undone(records) == 0,
        ),
        f"{most} workers do the same tasks in {1 / gains[most]:.0%} of the time;"
        f" p95 of the reads changes by {slower[most].value:+.0%}",
        measures,
        costs=(f"{verdict.of_each(memory):.0f} MB of memory for each further worker",),
    )


def figure(records, axes):
    axes, below = figures.split(axes, [2, 1])
    found = makespans(records)
    numbers, times = list(found), [estimates.median(seconds).value for seconds in found.values()]
    fine = [1 + step / 50 * (numbers[-1] - 1) for step in range(51)]
    axes.plot(fine, [times[0] / number for number in fine], "--", color="0.5")
    axes.annotate("ideal", (fine[12], times[0] / fine[12]), color="0.4", ha="right", va="top")
    for number, seconds in found.items():
        axes.plot([number] * len(seconds), seconds, "o", color="#0072B2")
        axes.annotate(
            f"  {estimates.median(seconds).value:.1f} s", (number, max(seconds)), va="bottom"
        )
    axes.set(ylabel=f"time for {TASKS} tasks (s)", xticks=numbers)
    axes.set(xlim=(0.8, numbers[-1] + 0.4), ylim=(0, 1.2 * max(times)))
    p95 = [(phase.labels["workers"], phase.latency(95)) for phase in records.phases]
    below.plot(*zip(*p95, strict=True), "s", color="#009E73")
    below.set(xlabel="workers", ylabel="p95 of reads (ms)", xticks=numbers, xlim=axes.get_xlim())
    below.set_ylim(0, 1.3 * max(milliseconds for _, milliseconds in p95))
