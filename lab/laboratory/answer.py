"""What the raw records of `./escala capacity` say, as a document and as text."""

import math
import shlex
import textwrap
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

from lab.analysis import capacity, conditions, disturbance, records, verdict
from lab.analysis.capacity import Objective
from lab.analysis.conditions import ALLOWED_FAILURES, number
from lab.analysis.estimates import Interval
from lab.analysis.records import Phase
from lab.analysis.verdict import Measure

RAW = "capacity.jsonl"
UNKNOWN = Interval(math.nan, 0, math.inf)
AGAIN = "check the address, and that its server runs"
TROUBLE = {  # the error of a request without a response: what it means, and what to do
    "ClientConnectorError": ("nothing accepts connections there", AGAIN),
    "ClientConnectorCertificateError": (
        "its TLS certificate is not trusted",
        "SSL_CERT_FILE=its-ca.pem ./escala capacity ... trusts another certificate authority",
    ),
    "ClientConnectorSSLError": (
        "it does not speak TLS as expected",
        "is it http://, not https://?",
    ),
    "ServerDisconnectedError": ("it closes the connection and answers nothing", AGAIN),
    "TimeoutError": ("it does not answer within 10 s", AGAIN),
    "ClientResponseError": ("it does not speak HTTP", AGAIN),
    "ClientOSError": ("it broke the connection", AGAIN),
    "ClientPayloadError": ("it broke off its response", AGAIN),
    "TooManyInFlight": ("too many were in flight, so it was not sent", AGAIN),
}


def trouble(record: dict[str, Any]) -> tuple[str, str]:
    """(why, what to do next) of a request that got no response."""
    return TROUBLE.get(record["error"], (f"the request ended with {record['error']}", AGAIN))


def was_late(phase: Phase) -> bool:
    """Whether the generator was too slow for this phase."""
    return verdict.late_share([phase]) > verdict.MAX_LATE_SHARE


def reason(phase: Phase, objective: Objective) -> str:
    """Why a phase did not meet the objective."""
    failed, sent = phase.failed, len(phase.counted)
    if len(failed) > ALLOWED_FAILURES * sent:
        kinds = Counter(
            f"status {each['status']}" if each["status"] else trouble(each)[0] for each in failed
        )
        listed = ", ".join(f"{kind}: {count}" for kind, count in kinds.most_common(3))
        return f"{len(failed)} of {sent} requests failed ({listed})"
    return f"p95 was {phase.latency(95):,.1f} ms"


class Answer:
    """What was found, judged from the raw records of a folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.records = records.read(self.folder / RAW)
        self.asked = self.records.header
        self.objective = Objective(self.asked["p95_ms"])
        self.attempts = self.records.phases
        self.search = self.records.where(part="search")
        (self.ended,) = self.records.facts("ended")
        self.interrupted = bool(self.records.facts("interrupted"))

    @cached_property
    def carried(self) -> Phase | None:
        """The attempt with the highest rate that was carried."""
        return capacity.best_phase(self.search or self.attempts, self.objective)

    @cached_property
    def interval(self) -> Interval:
        """The capacity; its value is NaN when it is not known."""
        found = capacity.of_repeated(self.search, self.objective, self.asked["precision"])
        return UNKNOWN if self.ended["why"] or not found else found

    @property
    def is_known(self) -> bool:
        return not math.isnan(self.interval.value)

    @cached_property
    def first_failed(self) -> Phase | None:
        """The attempt with the lowest failed rate above the capacity, or above what was carried."""
        known = self.interval.value if self.is_known else self.carried.rate if self.carried else 0
        above = [
            phase
            for phase in self.search or self.attempts
            if phase.rate > known and not self.objective.is_met_by(phase)
        ]
        return min(above, key=lambda phase: phase.rate, default=None)

    @cached_property
    def doubts(self) -> list[str]:
        """Why not to trust the attempts, as sentences."""
        steady = [phase for phase in self.search if self.objective.is_met_by(phase)]
        found = verdict.doubts_about_load(self.search, steady) if steady else []
        cut = sum(
            request.get("error") == "TooManyInFlight"
            for phase in self.search
            if phase.latency(95) <= self.objective.p95_ms
            for request in phase.requests
        )
        if cut:
            found.append(f"{cut} requests were not sent: the limit of those in flight was reached")
        for others in self.records.facts("before"):
            if others.get("share", 0) > disturbance.LIMIT:
                found.append(
                    f"before the search other programs used {others['share']:.0f} % of the machine"
                    f"{disturbance.programs(others)}: {disturbance.advice(others)},"
                    f" then {self.again()}"
                )
        return found

    @property
    def is_sure(self) -> bool:
        """Whether the capacity is known, and nothing is doubted."""
        return self.is_known and not self.doubts

    def headline(self) -> str:
        """The answer in one line."""
        value, low, high = map(number, self.interval)
        if self.is_known:
            return f"capacity: {value} requests/s, between {low} and {high}"
        if self.carried:
            return f"the capacity is not known; {number(self.carried.rate)} requests/s were carried"
        return "the capacity is not known; no rate was carried"

    def sentences(self) -> list[str]:
        """Why it is not known, or not sure; and which rate failed first."""
        lines = [f"not known, because: {self.ended['why']}"] if self.ended["why"] else []
        lines += [f"not sure, because: {doubt}" for doubt in self.doubts]
        lines.append(f"objective: {objective_text(self.objective)}")
        if first := self.first_failed:
            why = reason(first, self.objective)
            lines.append(f"the first rate that failed: {number(first.rate)} requests/s; {why}")
        sent = sum(len(phase.requests) for phase in self.attempts)
        took = f"{self.ended['seconds']:.0f} s"
        return [*lines, f"{len(self.attempts)} attempts with {sent:,} requests in {took}"]

    def again(self) -> str:
        """The command that measures the same again, but for headers and body."""
        words = ["./escala", "capacity", self.asked["url"], "--p95", f"{self.objective.p95_ms:g}"]
        if self.asked["method"] != ("POST" if self.asked["body"] else "GET"):
            words += ["--method", self.asked["method"]]
        return shlex.join([*words, *(["--yes-it-is-mine"] if self.asked["elsewhere"] else [])])

    def rows(self) -> list[dict[str, Any]]:
        """Every attempt."""
        return [
            {
                "rate": round(phase.rate, 2),
                "seconds": round(phase.seconds, 1),
                "part": phase.labels["part"],
                "carried": self.objective.is_met_by(phase),
                "p95_ms": conditions.finite(round(phase.latency(95), 1)),
                "failed": len(phase.failed),
                "requests": len(phase.counted),
                "why": "" if self.objective.is_met_by(phase) else reason(phase, self.objective),
            }
            for phase in self.attempts
        ]

    def as_document(self) -> dict[str, Any]:
        """The answer for `--json`."""
        first, best = self.first_failed, self.carried
        return {
            "url": self.asked["url"],
            "method": self.asked["method"],
            "p95_ms": self.objective.p95_ms,
            "found": self.is_known,
            "sure": self.is_sure,
            "capacity": Measure.of(self.interval, "requests/s").as_document(),
            "because": [*filter(None, [self.ended["why"]]), *self.doubts],
            "carried": round(best.rate, 2) if best else None,
            "first_failed": {
                "rate": round(first.rate, 2) if first else None,
                "why": reason(first, self.objective) if first else "",
            },
            "attempts": self.rows(),
            "seconds": self.ended["seconds"],
            "folder": str(self.folder),
            "report": str(self.folder / "report.html"),
        }

    def as_text(self) -> str:
        """The answer for the terminal, in 80 columns."""
        lines = [self.asked["url"], self.headline(), *(f"  {each}" for each in self.sentences())]
        wrapped = [
            textwrap.fill(line, 80, subsequent_indent="    ", break_long_words=False)
            for line in lines
        ]
        return "\n".join([*wrapped, f"report: {self.folder / 'report.html'}"])


def objective_text(objective: Objective) -> str:
    return f"p95 within {number(objective.p95_ms)} ms, at most 0.1 % of requests fail"
