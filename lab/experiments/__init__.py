"""The experiments: one question a file, named by its id; `e2b_failover.py` is 2b, `failover`.

A new experiment is one new file. It is found by its name, in the order of the claims.
"""

import importlib
import pkgutil
import re

from lab.errors import WrongUsage
from lab.experiments.protocol import name

FILE = re.compile(r"e\d[a-z]?_\w+")


def _found():
    modules = [module.name for module in pkgutil.iter_modules(__path__)]
    return [importlib.import_module(f"{__name__}.{m}") for m in modules if FILE.fullmatch(m)]


_by_id = sorted(_found(), key=lambda experiment: (experiment.CLAIM == 0, experiment.ID))
# Experiments that test the laboratory and no claim run only when they are asked for by name.
ALONE = tuple(experiment for experiment in _by_id if getattr(experiment, "ALONE", False))
ALL = tuple(experiment for experiment in _by_id if experiment not in ALONE)
HEADLINE = tuple(experiment for experiment in ALL if getattr(experiment, "HEADLINE", False))


def chosen(words):
    """The experiments that `2b`, `failover`, `headline` or `all` mean, in order.

    A word that means none raises WrongUsage.
    """
    known = {"all": ALL, "headline": HEADLINE}
    known |= {
        key: (experiment,)
        for experiment in (*ALL, *ALONE)
        for key in (experiment.ID, name(experiment))
    }
    for word in words:
        if word not in known:
            raise WrongUsage(f"there is no experiment {word}", "./escala experiments lists them")
    wanted = [experiment for word in words for experiment in known[word]]
    return [experiment for experiment in (*ALL, *ALONE) if experiment in wanted]
