"""Which faults strike in a soak, in which order: a function of the seed, and of nothing else."""

import random
from itertools import count


def schedule(seed, faults):
    """Faults without end, each with the seed of the load that it meets."""
    chance = random.Random(seed)
    for number in count(1):
        yield chance.choice(faults), f"{seed}/{number}"
