"""2d: how many requests fail for each of three ways to stop an instance?"""

from lab.analysis.conditions import at_most, occurs
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Proof, Seconds
from lab.workload import load

ID, CLAIM = "2d", 2
TITLE = "A drained instance loses no request"
QUESTION = "How many requests fail when an instance is killed, terminated, or drained first?"
HYPOTHESIS = (
    "Of the requests that must not be sent twice, some fail after a kill. None fails when HAProxy"
    " drains the instance first."
)
METHOD = (
    "Three instances, 40 requests/s. At a random time core-2 is stopped in one of three ways: by"
    " SIGKILL, by SIGTERM, or by ./escala stop, which makes HAProxy send it no new requests and"
    " waits until it is idle. Half of the requests take 400 ms and must not be sent twice (GET"
    " /api/lab/wait/); the other half read the catalogue. The three ways are interleaved, with the"
    " same arrivals."
)
LIMITS = (
    "After SIGTERM Gunicorn finishes the requests it has and accepts no new ones; connections"
    " that wait to be accepted are dropped. How many those are depends on how long the requests"
    " take."
)
PROOF = Proof("./escala stop does not drain", patches=("drain",))
SECONDS = Seconds(quick=45, full=120)
WAYS = {
    "SIGKILL": lambda lab: lab.kill("core-2"),
    "SIGTERM": lambda lab: lab.kill("core-2", "TERM"),
    "drained": lambda lab: lab.stop("core-2"),
}
NONE_MAY_FAIL = ({"way": "drained"},)
RATE, LENGTH = 40, 5


def measure(lab):
    requests = load.mixture(
        (1, load.get("/api/lab/wait/?ms=400", "once")),
        (1, load.get("/api/products/?page_size=5", "read")),
    )
    for turn in lab.turns(2 if lab.quick else 4, 6):
        for way, stop in WAYS.items():
            lab.configure(replicas=3)
            stop_at = load.fault_time(turn, lab.seed, earliest=1.5)
            during = [(stop_at, lambda stop=stop: stop(lab))]
            lab.load(requests, rate=RATE, seconds=LENGTH, during=during, draw=turn, way=way)
    lab.audit()


def judge(records):
    measures, failures = {}, []
    for way in WAYS:
        failed, sent = records.failures(way=way)
        failures.append(failed)
        measures[f"failed, {way}"] = Measure.exact(failed, f"of {sent} requests")
        slowest = [phase.latency(99, "read") for phase in records.where(way=way)]
        middle = sorted(slowest)[len(slowest) // 2]
        measures[f"p99 of reads, {way}"] = Measure(middle, min(slowest), max(slowest), "ms")
    killed, terminated, drained = failures
    killed_once, sent_once = records.failures("once", way="SIGKILL")
    unsafe = "requests not to be sent twice that failed after a kill"
    return Judgement(
        (
            at_most("requests that failed when HAProxy drained first", drained, 0, f"of {sent}"),
            occurs(unsafe, killed_once, sent_once, "requests"),
        ),
        f"{killed} requests fail when an instance is killed, {terminated} when it gets SIGTERM,"
        f" {drained} when it is drained",
        measures,
        costs=("to stop an instance takes as long as its longest request",),
    )


def figure(records, axes):
    for row, way in enumerate(WAYS):
        for phase in records.where(way=way):
            stopped = phase.events[0]["at"] if phase.events else 0
            for failed, color, mark, size in ((False, "0.75", "|", 8), (True, "#D55E00", "x", 7)):
                times = [
                    request["at"] - stopped
                    for request in phase.counted
                    if (request in phase.failed) == failed
                ]
                axes.plot(
                    times, [row] * len(times), mark, color=color, markersize=size, zorder=2 + failed
                )
        words = f" {records.failures(way=way)[0]} failed"
        axes.text(1, row, words, transform=axes.get_yaxis_transform(), va="center")
    axes.axvline(0, color="0.3", linestyle=":")
    axes.set(xlabel="seconds since the instance was stopped", ylabel="way to stop it")
    axes.set_yticks(range(len(WAYS)), list(WAYS))
    axes.set_ylim(len(WAYS) - 0.5, -0.5)
