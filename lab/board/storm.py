"""A storm: random faults one after the other, each undone. The same seed gives the same storm."""

import random
from typing import NamedTuple

FAULTS = 12  # about a minute
MOST = 50
VERBS = ("kill", "freeze", "stop")


class Fault(NamedTuple):
    """What is done to which part, for how long, and how long it is calm afterwards (seconds)."""

    verb: str
    name: str
    seconds: float
    calm: float


def schedule(seed: int, replicas: int, count: int = FAULTS) -> list[Fault]:
    """Return the faults of a storm on a system with so many instances of core_api."""
    chance = random.Random(seed)
    instances = [f"core-{number}" for number in range(1, replicas + 1)]
    parts = ("worker-1", "recorder-1", "relay", "cache", "broker", "postgres")
    faults = []
    for _ in range(count):
        # Half of the faults strike an instance: that is what HAProxy hides.
        name = chance.choice(instances if chance.random() < 0.5 else parts)
        verb = chance.choice(("kill", *VERBS))
        seconds, calm = chance.uniform(1, 3), chance.uniform(0.5, 2)
        faults.append(Fault(verb, name, round(seconds, 1), round(calm, 1)))
    return faults
