"""EXPERIMENTS: every claim as a question that the running system answers; one file each, in the
order of the claims."""

from lab.experiments import (
    any_instance,
    background,
    cached_reads,
    computing,
    control,
    drain,
    failover,
    local_copies,
    new_service,
    retried_writes,
    revocation,
    staircase,
    staleness,
    waiting,
    worker_death,
    workers,
)
from lab.experiments.protocol import name
from lab.failures import WrongUsage

ALL = (
    waiting,
    computing,
    new_service,
    failover,
    retried_writes,
    drain,
    cached_reads,
    staleness,
    local_copies,
    any_instance,
    revocation,
    background,
    workers,
    worker_death,
    staircase,
)
HEADLINE = (
    waiting,
    failover,
    cached_reads,
    any_instance,
    worker_death,
    staircase,
)  # one for each claim, and one for all of them

ALONE = (control,)  # a test of the laboratory and of no claim: only by its name


def chosen(words):
    """The experiments that `2b`, `failover`, `headline` or `all` mean; a word that means none is
    refused."""
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
