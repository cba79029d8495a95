"""Disturbances: what neighbours took during the phases, and when it is too much.

Neighbours are other programs on the machine (lab/laboratory/neighbours.py measures them). They
disturb a phase when they take processor time that the system has to wait for: while no processor is
free. A neighbour on a processor that the system does not need changes little. They disturb it too
when they leave so little memory that programs wait for theirs.
"""

import statistics
from collections.abc import Iterator
from typing import Any

from lab import console
from lab.analysis.records import Records

# Percent of the machine, taken while it was full. On two cores a phase without neighbours measured
# 0 to 1.4 %, what the kernel's two ways of counting differ by; beside one busy program 23 to 51 %.
LIMIT = 10.0
OWN_SHOP = "your own shop"  # the processes of the home from which the laboratory was started
MEMORY_LIMIT = 10.0  # percent of a phase in which a program waited for memory; 0 when it is enough
FULL = 10.0  # the machine is full when less than so many percent of it are idle


def is_disturbed(others: dict[str, Any]) -> bool:
    """Whether neighbours took too much of a phase; `others` is what its record has of them."""
    return others.get("contended", 0) > LIMIT or lacks_memory(others)


def lacks_memory(others: dict[str, Any]) -> bool:
    """Whether programs waited for memory: the kernel read it back from the disk, or freed some."""
    return others.get("memory_pressure", 0) > MEMORY_LIMIT


def cause(others: dict[str, Any]) -> str:
    """What disturbed a phase, such as `other programs used 38 % of the machine (chrome 38 %)`."""
    if lacks_memory(others):
        return f"programs waited for memory in {others['memory_pressure']:.0f} % of a phase"
    return f"other programs used {others['share']:.0f} % of the machine{programs(others)}"


def programs(others: dict[str, Any]) -> str:
    """Such as ` (chrome 21 %, code 4 %)`; nothing when no program stands out."""
    named = ", ".join(f"{name} {share:.0f} %" for name, share in others["programs"].items())
    return f" ({named})" if named else ""


def advice(others: dict[str, Any]) -> str:
    """What to do about the programs that are named, or about too little memory."""
    if lacks_memory(others):
        return "close some programs"
    if OWN_SHOP not in others["programs"]:
        return "close them"
    return f"close them ({OWN_SHOP}: ./escala down, or stop sending on the board)"


def warnings(others: dict[str, Any]) -> Iterator[str]:
    """What to do, when neighbours take much of the machine before anything is measured."""
    if others["share"] > LIMIT:
        yield (
            f"other programs use {others['share']:.0f} % of the machine{programs(others)}:"
            f" {advice(others)}, or the result may be unknown"
        )
    elif lacks_memory(others):
        yield f"programs wait for memory: {advice(others)}, or the result may be unknown"


def in_words(found: dict[str, Any]) -> str:
    """A summary as a sentence; empty when nothing was recorded."""
    if found["median"] is None:
        return ""
    words = (
        f"They took {found['median']:.0f} % of the machine in the median phase, at most"
        f" {found['most']:.0f} %{programs(found)}."
    )
    if found["repeated"]:
        words += f" Measured again because of them: {console.count(found['repeated'], 'phase')}."
    if found["disturbed"]:
        words += f" Disturbed nevertheless: {console.count(found['disturbed'], 'phase')}."
    return words


def doubts(records: Records, again: str = "") -> Iterator[str]:
    """The reason not to trust the records when neighbours disturbed phases that are read.

    `again` is the command that measures the same again, unless it is `run`.
    """
    again = again or f"./escala run {records.header['experiment']} --again"
    disturbed = [others for others in records.watched if is_disturbed(others)]
    if disturbed:
        worst = max(disturbed, key=lambda others: (lacks_memory(others), others["contended"]))
        yield f"{cause(worst)}: {advice(worst)}, then {again}"


def summary(records: Records) -> dict[str, Any]:
    """{median, most, programs, disturbed, repeated}: what neighbours took, over all phases.

    Shares are percent of the machine; `programs` are those of the phase with the most. They are
    None when nothing was recorded. `disturbed` and `repeated` count phases.
    """
    shares = [others["share"] for others in records.watched]
    worst = max(records.watched, key=lambda others: others["share"], default=None)
    return {
        "median": round(statistics.median(shares), 1) if shares else None,
        "most": max(shares, default=None),
        "programs": worst["programs"] if worst else {},
        "disturbed": sum(map(is_disturbed, records.watched)),
        "repeated": len(records.set_aside),
    }
