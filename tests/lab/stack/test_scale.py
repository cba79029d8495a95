"""A rolling restart that fails or is interrupted, with stand-ins for supervisor and HAProxy."""

import pytest

from lab.errors import Failure
from lab.stack import scale
from lab.stack.supervisor import Supervisor


class Recorded:
    """Stands in for the supervisor and for HAProxy: writes down what is asked of them."""

    def __init__(self, home):
        self.home, self.calls = home, []

    def states(self):
        return {"core-1": ("running", 4_000_000), "core-2": ("running", 4_000_001)}

    def wait_stopped(self, name, *, seconds):
        return True

    def __getattr__(self, method):
        return lambda names: self.calls.append((method, names))


@pytest.mark.parametrize("error", [Failure("not ready", "logs"), KeyboardInterrupt()])
def test_a_restart_that_gives_up_puts_back_what_it_took_out(home, monkeypatch, error):
    def wait_ready(supervisor, names):
        raise error

    recorded = Recorded(home)
    monkeypatch.setattr(scale, "HAProxy", lambda home: recorded)
    monkeypatch.setattr(scale.readiness, "wait_ready", wait_ready)

    with pytest.raises(type(error)):
        scale.restart(recorded, ["core-1", "core-2"])

    assert recorded.calls[:2] == [("drain", "core-1"), ("stop_process", "core-1")]
    assert recorded.calls[-2:] == [("start_process", "core-1"), ("open", ["core-1"])]


def test_the_stand_in_has_the_methods_of_the_supervisor():
    assert {"states", "wait_stopped", "start_process", "stop_process"} <= set(dir(Supervisor))
