import pytest

from tests.support.faults.table import FAULTS
from tests.support.faults.under_load import run_under_load


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_under_load_nothing_is_lost_doubled_or_wrongly_confirmed_when(laptop, fault, outcomes):
    outcome = run_under_load(laptop, fault)

    outcomes.append(outcome)
    assert not outcome.wrong, str(outcome)
