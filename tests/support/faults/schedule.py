"""The order of faults in a soak test, which depends on the seed alone."""

import random
from itertools import count


def schedule(seed, faults):
    """An endless iterator of (fault, seed of the load during it)."""
    chance = random.Random(seed)
    for number in count(1):
        yield chance.choice(faults), f"{seed}/{number}"
