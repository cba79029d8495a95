"""EXPERIMENTS: every claim as a question that the running system answers; one file each, in the order of the claims."""

from lab.experiments import (
    background,
    cached_reads,
    computing,
    drain,
    failover,
    new_service,
    retried_writes,
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
    background,
    workers,
    worker_death,
)
HEADLINE = (waiting, failover, cached_reads, worker_death)  # one for each claim


def chosen(words):
    """The experiments that `2b`, `failover`, `headline` or `all` mean; a word that means none is refused."""
    known = {"all": ALL, "headline": HEADLINE}
    known |= {key: (experiment,) for experiment in ALL for key in (experiment.ID, name(experiment))}
    for word in words:
        if word not in known:
            raise WrongUsage(f"there is no experiment {word}", f"choose from: {', '.join(known)}")
    wanted = [experiment for word in words for experiment in known[word]]
    return [experiment for experiment in ALL if experiment in wanted]
