"""CHECKS that every experiment makes on itself; one that fails makes the verdict `unknown`, and
says why."""

from lab.statistics import littles_error

LATE = 0.010  # seconds after its moment at which a request counts as sent late
MOST_LATE = 0.01  # the share of requests that may be late
MOST_LITTLE = 0.10  # how far Little's law may be off


def doubts(records, phases):
    """What speaks against these records, as sentences; `phases` are those that conclusions are
    drawn from."""
    return [*_saturation(records), *_little(phases), *_audit(records)]


def late_share(phases):
    """The share of all requests that the generator sent late."""
    requests = [request for phase in phases for request in phase.requests]
    return sum(request["start"] - request["at"] > LATE for request in requests) / max(
        1, len(requests)
    )


def _saturation(records):
    if (late := late_share(records.phases)) > MOST_LATE:
        yield f"the generator was too slow: {late:.1%} of the requests were sent more than {LATE * 1000:.0f} ms late"


def little(phases):
    """Little's law over all these phases: the mean of each one's error, weighted by its
    requests."""
    errors, weights = [], []
    for phase in phases:
        # From when requests were sent, not due: this is a check of what was measured, not of what
        # was wished.
        starts = [request["start"] for request in phase.requests]
        ends = [request["end"] for request in phase.requests]
        errors.append(littles_error(starts, ends, phase.warmup, phase.seconds))
        weights.append(len(starts))
    return sum(error * weight for error, weight in zip(errors, weights, strict=True)) / max(
        1, sum(weights)
    )


def _little(phases):
    if (error := little(phases)) > MOST_LITTLE:
        yield f"Little's law is off by {error:.0%}: the system had not settled, or the times are wrong"


def _audit(records):
    audits = records.facts("audit")
    # A proof may leave what an audit would wait for in vain.
    if not audits and not records.header["proving"]:
        yield "no audit was made"
    for fact in audits:
        for violation in fact["violations"][:3]:
            yield f"the audit found: {violation}"
