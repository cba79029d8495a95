"""A rolling restart that fails or is interrupted, with stand-ins for supervisor and HAProxy."""

import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import ports, redis_servers, scale
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


@contextmanager
def broker(home, state):
    """A real broker that answers or hangs; or a port at which nothing listens."""
    home.port_base = ports.free_base()
    if state == "dead":
        yield
        return
    redis_servers.write_config(home, "broker")
    process = subprocess.Popen(redis_servers.command(home, "broker"), stdout=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: redis_servers.is_answering(home, "broker"), seconds=20)
        if state == "hung":
            process.send_signal(signal.SIGSTOP)
        yield
    finally:
        process.kill()
        process.wait()


STUBBORN = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); input()"


@pytest.mark.parametrize("state", ["dead", "hung", "answers"])
@pytest.mark.parametrize("name", ["worker-1", "relay", "recorder-1"])
def test_a_process_that_waits_for_a_lost_broker_is_not_waited_for(home, monkeypatch, name, state):
    monkeypatch.setattr(scale, "WAIT_WITHOUT_BROKER", 0.1)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], **pipes)
    process.stdout.readline()
    recorded = Recorded(home)
    recorded.states = lambda: {name: ("running", process.pid)}
    recorded.stop_process = lambda name: process.terminate()
    # A process that works may take as long as its rule says; here that time is over at once.
    recorded.wait_stopped = lambda name, seconds: wait_until(
        lambda: process.poll() is not None, seconds=0.1 if state == "answers" else seconds
    )
    with broker(home, state):
        if state == "answers":
            with pytest.raises(Failure, match="did not end"):
                scale.remove(recorded, name)
        else:
            scale.remove(recorded, name)

    assert process.poll() == (None if state == "answers" else -signal.SIGKILL)
    process.kill()
    process.communicate()
