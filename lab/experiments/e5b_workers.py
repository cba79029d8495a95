"""5b: do more workers finish the same tasks sooner, and do they slow down reads?"""

from functools import partial

from lab.analysis import estimates, figures, verdict
from lab.analysis.conditions import at_least, at_most, few, percent, signed
from lab.analysis.records import change_of_latency
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import shop

ID, CLAIM = "5b", 5
TITLE = "Workers scale independently"
QUESTION = (
    "How long do 16 tasks take with more and more workers, and does it slow down catalogue reads?"
)
HYPOTHESIS = (
    "W workers are at least 0.6 W times as fast as one. p95 of the reads is less than twice that"
    " with one worker, and at most 0.1 % of the reads fail. Every task is done."
)
METHOD = (
    "Two instances, 20 reads of the catalogue per second. 16 reports are requested at once;"
    " instead of its work each waits 0.6 s (a patch), as for a slow service. The database gives"
    " the time from the acceptance of the first task to the end of the last. The numbers of"
    " workers are interleaved."
)
LIMITS = (
    "These tasks wait. Tasks that compute stop scaling at the number of processors, like the"
    " requests of 1b."
)
PROOF = Proof(
    "tasks are done within their requests, whatever the number of workers",
    levers={"TASKS": "inline"},
)
SECONDS = Seconds(quick=68, full=165)
TASKS, TASK_SECONDS, RATE = 16, 0.6, 20
MIN_GAIN = 0.6  # of W, the number of workers
DOUBLED = 1.0  # a change of 100 %


def numbers(quick):
    return (1, 4) if quick else (1, 2, 3, 4)


def measure(lab):
    for turn in lab.turns(3, 6):
        for workers in there_and_back(numbers(lab.quick), turn):
            lab.configure(workers=workers, patches=("waiting-reports",))
            report, jobs = shop.report_request(lab), []
            request = partial(shop.request_reports, lab, report, TASKS, jobs)
            lab.load(
                shop.catalogue_reads(lab),
                rate=RATE,
                seconds=2.5 + TASKS * TASK_SECONDS / workers,
                during=[(0, request)],
                warmup=1.5,
                again=True,
                prepare=partial(forget, lab, jobs),
                workers=workers,
                turn=turn,
            )
            shop.wait_for_jobs(lab)
            lab.fact(
                "tasks",
                workers=workers,
                memory_mb=lab.memory_mb(),
                seconds=shop.makespan(lab, jobs),
                undone=shop.jobs_not_done(lab, jobs),
            )
    lab.audit()


def forget(lab, jobs):
    """Waits for the jobs of an attempt that was disturbed, and forgets them."""
    shop.wait_for_jobs(lab)
    jobs.clear()


def makespans(records):
    """{workers: [seconds from the first task's acceptance to the last one's end]}."""
    found = {}
    for fact in records.facts("tasks"):
        found.setdefault(fact["workers"], []).append(fact["seconds"])
    return dict(sorted(found.items()))


def undone(records):
    """How many tasks were accepted but are not done."""
    return sum(fact["undone"] for fact in records.facts("tasks"))


def judge(records):
    found = makespans(records)
    most = max(found)
    p95 = {
        workers: [phase.latency(95) for phase in records.where(workers=workers)]
        for workers in found
    }
    level = records.level
    times = {workers: estimates.span(each) for workers, each in found.items()}
    phases = {workers: records.where(workers=workers) for workers in found}
    slower = {n: change_of_latency(phases[1], phases[n], 95, level=level) for n in found if n > 1}
    measures = {
        f"time, {workers} workers": Measure.of(time, "s") for workers, time in times.items()
    }
    measures |= {
        f"p95, {n} workers": Measure.of(estimates.span(each), "ms") for n, each in p95.items()
    }
    for number, change in slower.items():
        measures[f"change of p95, {number} workers"] = Measure.percent(change, "% of p95 with one")
    memory = verdict.memory_by("workers", records.facts("tasks"))
    measures |= {f"memory, {n} workers": Measure.of(each, "MB") for n, each in memory.items()}
    measures["accepted and not done"] = Measure.exact(undone(records), "tasks")
    failed = records.failures()
    measures["failed"] = Measure.exact(failed[0], f"of {failed[1]} reads")
    share = times[most].value / times[1].value
    return Judgement(
        tuple(conditions(found, slower, failed, undone(records), level)),
        f"{most} workers finish the same tasks in {percent(share)} of the time of one;"
        f" p95 of the reads changes by {signed(slower[most].value)}",
        measures,
        costs=(f"{verdict.memory_per_unit(memory):.0f} MB of memory for each further worker",),
    )


def conditions(seconds, slower, failed, undone, level):
    """Two for each number of workers, and those for reads and tasks that fail."""
    for workers, change in slower.items():
        speed = estimates.ratio(seconds[workers], seconds[1], level=level)
        needed = MIN_GAIN * workers
        yield at_least(f"speed of {workers} workers", speed, needed, "times that of one")
        yield at_most(
            f"rise of p95 of the reads with {workers} workers",
            change.times(100),
            100 * DOUBLED,
            "% of that with one",
        )
    yield few("reads that failed", *failed, "reads", level=level)
    yield at_most("tasks that were accepted and not done", undone, 0, "tasks")


def figure(records, axes):
    axes, below = figures.stack_axes(axes, [2, 1])
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
