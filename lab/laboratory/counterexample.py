"""The counterexample: a timeline of the requests around one that went wrong, for the report."""

from typing import Any

from lab.analysis.records import Phase, succeeded
from lab.experiments.shared import protocol
from lab.laboratory.results import Result


def of(result: Result) -> dict[str, Any] | None:
    """What the template draws, from the records alone; None when nothing went wrong.

    It is about a phase in which no request may fail, as the experiment says: in others some fail on
    purpose. Before the fault of a phase none may fail either. When a condition is false and no
    request failed, it is about an order that HAProxy sent again.
    """
    try:
        return _found(result)
    except (KeyError, IndexError, TypeError):  # the records are of another version
        return None


def _found(result: Result) -> dict[str, Any] | None:
    phases = {phase.number: phase for phase in result.records.phases}
    verdict = result.judgement.verdict
    candidates = []
    for fact in result.records.facts("attempts"):
        phase = phases[fact["phase"]]
        none_may_fail = protocol.none_may_fail(result.experiment, phase)
        failed = fact["why"] == "failed"
        if failed:
            is_shown = none_may_fail or _before_the_fault(phase, fact)
        else:  # to send a read again is no harm
            is_order = phase.requests[fact["first"]]["kind"] == "order"
            is_shown = none_may_fail and verdict == "false" and is_order
        if is_shown:
            candidates.append((not failed, phase, fact))
    if not candidates:
        return None
    _, phase, fact = min(candidates, key=lambda each: each[0])
    return _drawn(phase, fact)


def _before_the_fault(phase: Phase, fact: dict[str, Any]) -> bool:
    return bool(phase.events) and phase.requests[fact["first"]]["end"] < phase.events[0]["at"]


def _drawn(phase: Phase, fact: dict[str, Any]) -> dict[str, Any]:
    shown = [(phase.requests[each["number"]], each) for each in fact["requests"]]
    begin = min(request["at"] for request, _ in shown)
    end = max(request["end"] for request, _ in shown)
    span = max(end - begin, 0.001)

    def percent(at: float) -> float:
        return round(100 * min(1, max(0, (at - begin) / span)), 2)

    events = [each for each in phase.events if each["at"] <= end]
    lines = [_request(request, known, fact["first"], percent) for request, known in shown]
    lines += [{"at": each["at"], "event": each["what"]} for each in events]
    return {
        "why": "failed" if fact["why"] == "failed" else "was sent again by HAProxy",
        "trace": next(_id(*each) for each in shown if each[1]["number"] == fact["first"]),
        "where": ", ".join(f"{name}: {value}" for name, value in phase.labels.items()),
        "lines": sorted(lines, key=lambda line: line["at"]),
        "faults": [percent(each["at"]) for each in events if each["at"] >= begin],
    }


def _id(request: dict[str, Any], known: dict[str, Any]) -> str | None:
    # Without an answer the client has no id; HAProxy's log has one.
    return request.get("id") or (known["attempt"] or {}).get("id")


def _request(
    request: dict[str, Any], known: dict[str, Any], first: int, percent: Any
) -> dict[str, Any]:
    attempt, latency = known["attempt"], (request["end"] - request["at"]) * 1000
    status = request["status"] or f"no answer ({request.get('error', 'unknown')})"
    return {
        "at": request["at"],
        "event": None,
        "kind": request["kind"],
        "failed": not succeeded(request),
        "first": known["number"] == first,
        "client": f"sent {(request['start'] - request['at']) * 1000:.1f} ms late; {status}"
        f" after {latency:.0f} ms",
        "haproxy": _attempts(attempt),
        "instance": _instance(request, attempt),
        "rows": "; ".join(
            f"order {row['id'][:8]} by {row['served_by']} at {row['at']:.3f} s"
            for row in known["rows"]
        )
        or ("no order" if request["kind"] == "order" else ""),
        "left": percent(request["at"]),
        "width": max(0.5, percent(request["end"]) - percent(request["at"])),
    }


def _attempts(attempt: dict[str, Any] | None) -> str:
    if not attempt:
        return "no line in its log"
    times = {0: "never sent on", 1: "sent once"}.get(
        attempt["attempts"], f"sent {attempt['attempts']} times"
    )
    where = f", to {attempt['instance']}" if attempt["attempts"] else ""
    if attempt["retries"]:
        where = f", last to {attempt['instance']}" + ", another instance" * attempt["redispatched"]
    end = "" if attempt["end"] == "--" else f"; end state {attempt['end']}"
    return f"{times}{where}{end}"


def _instance(request: dict[str, Any], attempt: dict[str, Any] | None) -> str:
    if "queries" not in request:
        return "no answer of its own" if not succeeded(request) else ""
    worked = attempt and attempt["app_ms"]
    took = f" worked {worked:.0f} ms," if worked else ""
    return (
        f"{request.get('instance', '')}{took} {request['queries']} SQL in {request['db_ms']:.0f} ms"
    )
