from itertools import islice

from tests.support.faults.schedule import schedule
from tests.support.faults.table import FAULTS


def first(count, seed):
    return list(islice(schedule(seed, FAULTS), count))


def test_the_same_seed_gives_the_same_faults_and_loads_again():
    assert first(200, seed=7) == first(200, seed=7)
    assert first(20, seed=7) == first(200, seed=7)[:20]


def test_another_seed_gives_others():
    assert first(20, seed=7) != first(20, seed=8)


def test_every_fault_of_the_table_has_its_turn():
    assert {fault for fault, _ in first(1000, seed=1)} == set(FAULTS)
