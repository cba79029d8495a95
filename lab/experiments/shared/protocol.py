"""The protocol of an experiment: what each file e*_*.py of this package defines.

An experiment reads as question, method, measurement, verdict; everything else is shared code. It is
a module, and class Experiment below lists its constants and functions. Five more are optional:

HEADLINE = True         it is one of those that `./escala run headline` runs
ALONE = True            it runs only when it is named, never with `all`
GUESS = Guess(...)      what the learner is asked before it is measured
NONE_MAY_FAIL = ({...},)  labels of the phases in which the hypothesis lets no request fail; the
                        report shows the first one that did. {}: all phases
steady_phases(records)  the phases in which the system should have kept up, when those are not all
                        phases; Little's law is checked on them (lab/analysis/verdict.py)
"""

from typing import Any, NamedTuple, Protocol

from matplotlib.axes import Axes

from lab.analysis.records import Phase, Records
from lab.analysis.verdict import Judgement


class Proof(NamedTuple):
    """What `--prove` removes, so that the experiment's verdict must be `false`.

    `description` completes "it must be false when". The patches and levers are added to every
    system that measure() configures. When neither can express it, measure() reads lab.proving.
    """

    description: str
    patches: tuple[str, ...] = ()
    levers: dict[str, str] = {}


class Guess(NamedTuple):
    """What `run` asks before it measures, and how the names of what answers it begin.

    `measure` is a measure of the judgement; `law` one that a law says, when there is a law.
    """

    question: str
    measure: str
    law: str = ""


class Seconds(NamedTuple):
    """How long the experiment takes on a machine with two cores."""

    quick: int
    full: int


class Experiment(Protocol):
    """A module of this package whose name begins with `e`, its ID and an underscore."""

    __name__: str

    ID: str  # begins with the number of the claim
    CLAIM: int  # 1 to 5; 0: all of them, or the laboratory itself
    TITLE: str
    QUESTION: str
    HYPOTHESIS: str
    METHOD: str
    LIMITS: str  # what the result does not show
    PROOF: Proof
    SECONDS: Seconds

    def measure(self, lab: Any) -> None:
        """Changes the system and records what happens; draws no conclusion.

        `lab` is a Laboratory (lab/laboratory/laboratory.py), which this package does not import.
        """

    def judge(self, records: Records) -> Judgement:
        """The conditions that the verdict follows from, from the records alone.

        The records may be incomplete or of a disturbed machine: a condition without a figure is
        undecided (conditions.NOTHING).
        """

    def figure(self, records: Records, axes: Axes) -> None:
        """Draws the figure, from the records alone."""


CONSTANTS = tuple(name for name in Experiment.__annotations__ if name.isupper())
FUNCTIONS = ("measure", "judge", "figure")


def name(experiment: Experiment) -> str:
    """`failover` for lab.experiments.e2b_failover."""
    return experiment.__name__.rpartition(".")[2].partition("_")[2]


def expected_seconds(experiment: Experiment, quick: bool) -> int:
    return experiment.SECONDS.quick if quick else experiment.SECONDS.full


def is_headline(experiment: Experiment) -> bool:
    return getattr(experiment, "HEADLINE", False)


def runs_alone(experiment: Experiment) -> bool:
    return getattr(experiment, "ALONE", False)


def guess(experiment: Experiment) -> Guess | None:
    """What the learner is asked; None when the experiment asks nothing."""
    return getattr(experiment, "GUESS", None)


def none_may_fail(experiment: Experiment, phase: Phase) -> bool:
    """Whether the hypothesis lets no request of this phase fail."""
    chosen = getattr(experiment, "NONE_MAY_FAIL", ())
    return any(labels.items() <= phase.labels.items() for labels in chosen)


def steady_phases(experiment: Experiment, records: Records) -> list[Phase]:
    """The phases on which Little's law is checked; all, unless the experiment says which."""
    choose = getattr(experiment, "steady_phases", lambda records: records.phases)
    return choose(records)
