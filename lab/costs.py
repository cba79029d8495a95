"""COSTS: what a property costs, from what an experiment recorded."""

from lab import statistics


def memory(facts, by):
    """{number: megabytes of the whole system}, for each number of `by` that these facts tell, as
    medians."""
    found = {}
    for fact in facts:
        found.setdefault(fact[by], []).append(fact["memory_mb"])
    return {number: statistics.median(values) for number, values in sorted(found.items())}


def of_each(found):
    """Megabytes for each one more, between the least and the greatest number."""
    least, most = min(found), max(found)
    return (found[most].value - found[least].value) / (most - least)


def sent_again(facts):
    """How many second attempts these facts tell of; LookupError when there are none, as in records
    of before."""
    if not facts:
        raise LookupError("second attempts were not counted")
    return sum(fact["count"] for fact in facts)
