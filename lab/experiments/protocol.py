"""PROTOCOL: what every file of this room has. It reads as question, method, measurement, verdict;
all else is shared.

Constants: ID, CLAIM (1 to 5, or 0: all of them), TITLE, QUESTION, HYPOTHESIS, METHOD, LIMITS,
PROOF, SECONDS. measure(lab)            moves the laboratory and records what happens; concludes
nothing judge(records)          the Judgement, made from the records alone figure(records, axes)
the figure, likewise settled(records)        optional: the phases that conclusions are drawn from,
when those are not all (see lab/analysis/verdict.py)
"""

from typing import NamedTuple

CONSTANTS = (
    "ID",
    "CLAIM",
    "TITLE",
    "QUESTION",
    "HYPOTHESIS",
    "METHOD",
    "LIMITS",
    "PROOF",
    "SECONDS",
)
FUNCTIONS = ("measure", "judge", "figure")


class Proof(NamedTuple):
    """What is taken away so that the experiment must come out `false`; `words` say it for people.

    Patches and levers are laid upon whatever measure() asks for. When neither can do it, measure()
    reads lab.proving.
    """

    words: str
    patches: tuple = ()
    levers: dict = {}


class Seconds(NamedTuple):
    """How long an experiment takes on two cores, for the time left that is shown."""

    quick: int
    full: int


def name(experiment):
    """`failover` for lab.experiments.e2b_failover."""
    return experiment.__name__.rpartition(".")[2].partition("_")[2]


def expected_seconds(experiment, quick):
    return experiment.SECONDS.quick if quick else experiment.SECONDS.full
