"""The learner's guess: asked before one experiment is measured, shown beside what was measured."""

import sys
from typing import Any

from lab import console
from lab.analysis.conditions import number
from lab.errors import WrongUsage
from lab.experiments.shared import protocol
from lab.experiments.shared.protocol import Experiment
from lab.laboratory.provenance import one_line
from lab.laboratory.results import Result

LONGEST = 80  # characters


def taken(chosen: list[Experiment], given: str | None, *, ask: bool) -> str | None:
    """The guess that was given, or else the answer of the person at the terminal; None for none.

    With `ask`, asks when stdin and stderr are terminals, and one experiment is chosen that has a
    question for it. WrongUsage when a guess is given that fits no experiment, or no line.
    """
    question = protocol.guess(chosen[0]) if len(chosen) == 1 else None
    if given is not None:
        if len(chosen) != 1:
            raise WrongUsage(
                f"--guess is about one experiment, and these are {len(chosen)}",
                "name exactly one, for example ./escala run 2b --guess 7",
            )
        return one_line(given, "--guess takes a number or", LONGEST, "for example --guess 7")
    if not (ask and question and sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    console.say(f"Before it is measured: {question.question}")
    print("  your guess (Enter: none; --no-ask never asks): ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.buffer.readline().decode(errors="replace")
    printable = "".join(each if each.isprintable() else " " for each in answer)
    return " ".join(printable.split())[:LONGEST] or None


def compared(guess: str | None, result: Result) -> dict[str, str] | None:
    """{question, guess, measured, law} for the report; None when nobody guessed.

    The others are empty when the experiment asks nothing, or has no such measure.
    """
    if not guess:
        return None
    about = protocol.guess(result.experiment)
    return {
        "question": about.question if about else "",
        "guess": guess,
        "measured": _measure(result, about.measure if about else ""),
        "law": _measure(result, about.law if about else ""),
    }


def _measure(result: Result, name: str) -> str:
    """The first measure whose name begins like this, in words; empty when there is none."""
    measures: dict[str, Any] = result.judgement.measures
    for full, measure in measures.items():
        if name and full.startswith(name):
            low, high = number(measure.low), number(measure.high)
            bounds = f", between {low} and {high}" if low != high else ""
            return f"{full}: {number(measure.value)} {measure.unit}{bounds}"
    return ""
