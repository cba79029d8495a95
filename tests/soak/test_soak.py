"""`./escala test --soak MINUTES --seed S`: two random faults at a time, then an audit."""

import time

from lab.console import say
from tests.support.faults.schedule import schedule
from tests.support.faults.table import SINGLE
from tests.support.faults.under_load import run_under_load


def test_random_faults_two_at_a_time_lose_and_double_nothing(laptop, pytestconfig, capsys):
    minutes, seed = pytestconfig.getoption("soak"), pytestconfig.getoption("seed")
    end, wrong = time.monotonic() + 60 * minutes, []

    with capsys.disabled():
        say(f"\nseed {seed}, {minutes:g} minutes")
        for fault, load_seed in schedule(seed, SINGLE):
            if time.monotonic() > end:
                break
            say(f"{time.strftime('%H:%M:%S')}  {fault.name}")
            outcome = run_under_load(laptop, fault, seed=load_seed)
            say(f"          {outcome}")
            wrong += [f"{fault.name}: {text}" for text in outcome.wrong]

    assert not wrong
