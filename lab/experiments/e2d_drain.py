"""2d: what does it cost to take an instance away, in three ways?"""

from lab.analysis.verdict import Judgement, Measure, decide
from lab.experiments.protocol import Proof, Seconds
from lab.workload import load

ID, CLAIM = "2d", 2
TITLE = "What is drained first loses nothing"
QUESTION = "How many requests fail when an instance is killed, told to end, or drained first?"
HYPOTHESIS = "Of the requests that may not be sent twice some fail after a kill; none when HAProxy drains it first."
METHOD = (
    "Three instances, 40 requests a second, at a random moment core-2 is taken away: by SIGKILL, by SIGTERM, or by"
    " ./escala stop, which lets HAProxy send it no more and waits until it is idle. Half of the requests take 400 ms"
    " and may not be sent again (GET /api/lab/wait/), the other half read the catalogue. The three ways are"
    " interleaved, with the same arrivals."
)
LIMITS = (
    "After SIGTERM Gunicorn ends what it is at and takes in nothing more: who knocks meanwhile is dropped. How many"
    " those are depends on how long the requests take."
)
PROOF = Proof("./escala stop does not drain", patches=("drain",))
SECONDS = Seconds(quick=80, full=120)
WAYS = {
    "SIGKILL": lambda lab: lab.kill("core-2"),
    "SIGTERM": lambda lab: lab.kill("core-2", "TERM"),
    "drained": lambda lab: lab.stop("core-2"),
}
RATE, LENGTH = 40, 5


def measure(lab):
    requests = load.mixture(
        (1, load.get("/api/lab/wait/?ms=400", "once")),
        (1, load.get("/api/products/?page_size=5", "read")),
    )
    for turn in range(4 if lab.quick else 6):
        for way, take_away in WAYS.items():
            lab.set(replicas=3)
            moment = load.fault_time(turn, lab.seed, earliest=1.5)
            during = [(moment, lambda take_away=take_away: take_away(lab))]
            lab.load(requests, rate=RATE, seconds=LENGTH, during=during, draw=turn, way=way)
    lab.audit()


def failed(records, way):
    return sum(len(phase.failed) for phase in records.where(way=way))


def judge(records):
    measures = {}
    for way in WAYS:
        phases = records.where(way=way)
        sent = sum(len(phase.counted) for phase in phases)
        measures[f"failed, {way}"] = Measure.exact(failed(records, way), f"of {sent} requests")
        slowest = [phase.latency(99, "read") for phase in phases]
        middle = sorted(slowest)[len(slowest) // 2]
        measures[f"p99 of reads, {way}"] = Measure(middle, min(slowest), max(slowest), "ms")
    killed, told, drained = (failed(records, way) for way in WAYS)
    once, _ = records.failures("once", way="SIGKILL")
    return Judgement(
        decide(once > 0, drained == 0),
        f"{killed} requests fail when an instance is killed, {told} when it is told to end, {drained} when drained",
        measures,
        costs=("taking an instance away lasts as long as its longest request",),
    )


def figure(records, axes):
    for row, way in enumerate(WAYS):
        for phase in records.where(way=way):
            struck = phase.events[0]["at"] if phase.events else 0
            for broken, color, mark, size in ((False, "0.75", "|", 8), (True, "#D55E00", "x", 7)):
                times = [
                    request["at"] - struck
                    for request in phase.counted
                    if (request in phase.failed) == broken
                ]
                axes.plot(
                    times, [row] * len(times), mark, color=color, markersize=size, zorder=2 + broken
                )
        words = f" {failed(records, way)} failed"
        axes.text(1, row, words, transform=axes.get_yaxis_transform(), va="center")
    axes.axvline(0, color="0.3", linestyle=":")
    axes.set(xlabel="seconds since the instance was taken away", ylabel="how")
    axes.set_yticks(range(len(WAYS)), list(WAYS))
    axes.set_ylim(len(WAYS) - 0.5, -0.5)
