"""`./escala test --soak MINUTES --seed S`: random faults in turn, each with an audit."""

import time

from lab.console import say
from tests.support.faults.schedule import schedule
from tests.support.faults.table import FAULTS
from tests.support.faults.under_load import run_under_load


def test_random_faults_one_after_the_other_lose_and_double_nothing(laptop, pytestconfig, capsys):
    minutes, seed = pytestconfig.getoption("soak"), pytestconfig.getoption("seed")
    end, wrong = time.monotonic() + 60 * minutes, []

    with capsys.disabled():
        say(f"\nseed {seed}, {minutes:g} minutes")
        for fault, load_seed in schedule(seed, FAULTS):
            if time.monotonic() > end:
                break
            say(f"{time.strftime('%H:%M:%S')}  {fault.name}")
            outcome = run_under_load(laptop, fault, seed=load_seed)
            say(f"          {outcome}")
            wrong += [f"{fault.name}: {text}" for text in outcome.wrong]

    assert not wrong
