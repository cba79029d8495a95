"""The order of faults in a soak test, two at a time; it depends on the seed alone."""

import random
from itertools import count

from tests.support.faults.pairs import both, fit_together


def schedule(seed, faults):
    """An endless iterator of (fault, seed of the load during it).

    A fault comes together with another one, unless there is none that fits.
    """
    chance = random.Random(seed)
    for number in count(1):
        fault = chance.choice(faults)
        others = [other for other in faults if fit_together(fault, other)]
        yield both(fault, chance.choice(others)) if others else fault, f"{seed}/{number}"
