from itertools import islice

from tests.support.faults.pairs import Both, both, fit_together, is_crowded
from tests.support.faults.schedule import schedule
from tests.support.faults.table import SINGLE


def first(count, seed):
    return list(islice(schedule(seed, SINGLE), count))


def single(fault):
    """The faults that a fault consists of."""
    return [*fault.inject] if isinstance(fault.inject, Both) else [fault]


def test_the_same_seed_gives_the_same_faults_and_loads_again():
    assert first(200, seed=7) == first(200, seed=7)
    assert first(20, seed=7) == first(200, seed=7)[:20]


def test_another_seed_gives_others():
    assert first(20, seed=7) != first(20, seed=8)


def test_every_fault_of_the_table_has_its_turn():
    assert {part for fault, _ in first(1000, seed=1) for part in single(fault)} == {*SINGLE}


def test_most_turns_have_two_faults_of_different_parts():
    pairs = [single(fault) for fault, _ in first(1000, seed=1) if len(single(fault)) == 2]

    assert len(pairs) > 700
    assert all(fit_together(*pair) for pair in pairs)


def test_a_store_is_repaired_before_what_needs_it():
    for fault, _ in first(1000, seed=1):
        *others, last = single(fault)
        stores = {"postgres", "cache", "broker"}
        assert {*last.targets} & stores or not any({*other.targets} & stores for other in others)


def test_only_a_crowd_and_a_dying_instance_excuse_closed_connections():
    named = {fault.name: fault for fault in SINGLE}
    crowd = named["Postgres hangs for 10 s, 40 clients"]
    dying = named["an instance's Gunicorn worker is killed, 3 times"]
    worker, few = (
        named["the worker is killed in the middle of an import"],
        named["Postgres hangs for 4 s"],
    )

    assert is_crowded(both(crowd, dying))
    assert not any(map(is_crowded, [crowd, dying, both(crowd, worker), both(few, dying)]))
