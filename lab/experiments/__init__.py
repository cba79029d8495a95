"""The experiments: one question per file; e2b_failover.py is called `2b` or `failover`.

A new experiment is one new file. It is found by its name. protocol.py describes what it defines.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterable
from typing import cast

from lab.errors import WrongUsage
from lab.experiments.shared import protocol
from lab.experiments.shared.protocol import Experiment

FILE = re.compile(r"e\d[a-z]?_\w+")


def _load_all() -> list[Experiment]:
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(f"{__name__}.{n}") for n in names if FILE.fullmatch(n)]
    return [cast(Experiment, module) for module in modules]


# In the order of the claims; what concerns all of them comes last.
_ordered = sorted(_load_all(), key=lambda experiment: (experiment.CLAIM == 0, experiment.ID))
# These test the laboratory and not a claim; they run only when they are named.
ALONE = tuple(experiment for experiment in _ordered if protocol.runs_alone(experiment))
ALL = tuple(experiment for experiment in _ordered if experiment not in ALONE)
HEADLINE = tuple(experiment for experiment in ALL if protocol.is_headline(experiment))


def chosen(names: Iterable[str]) -> list[Experiment]:
    """The experiments that these names mean, in order: `2b`, `failover`, `headline`, `all`.

    An unknown name raises WrongUsage.
    """
    by_name = {"all": ALL, "headline": HEADLINE}
    for experiment in (*ALL, *ALONE):
        by_name |= {experiment.ID: (experiment,), protocol.name(experiment): (experiment,)}
    wanted: list[Experiment] = []
    for each in names:
        if each not in by_name:
            raise WrongUsage(f"there is no experiment {each}", "./escala experiments lists them")
        wanted += by_name[each]
    return [experiment for experiment in (*ALL, *ALONE) if experiment in wanted]
