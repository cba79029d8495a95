"""A process that is alive and does nothing ends; one that waits, works or is frozen does not."""

import io
import os
import pickle
import signal
import subprocess
import sys
import time

import pytest
from celery import Celery, signals

from lab.polling import wait_until
from lab.stack import process_tree
from lab.stack.home import ROOT
from tests.support import small_worker
from tests.support.redis_server import Server
from tests.support.small_worker import HEARTBEAT, TASK_SECONDS, WATCHDOG_SECONDS, SmallWorker

LOOP = """
import sys, time
from chassis.watchdog import WatchedEvent

stopping = WatchedEvent()
for _ in range(int(sys.argv[1])):
    stopping.is_set()
    time.sleep(0.05)
time.sleep(60)
"""
ATOMIC = 4096  # bytes that a pipe takes whole or not at all


def passed(seconds):
    """Waits so long."""
    begin = time.monotonic()
    assert wait_until(lambda: time.monotonic() - begin > seconds, seconds=seconds + 5)


def loop(turns):
    """A process whose loop turns so often, 20 times a second, and then hangs."""
    return subprocess.Popen(
        [sys.executable, "-c", LOOP, str(turns)],
        env=os.environ | {"WATCHDOG_SECONDS": "1"},
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_loop_that_hangs_ends_its_process_and_says_where_it_was():
    process = loop(turns=1)

    _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "watchdog: this process does nothing" in said and 'File "<string>", line 9' in said


@pytest.mark.slow
def test_a_loop_that_turns_or_is_frozen_is_left_alone():
    process = loop(turns=1_000_000)
    for _ in range(6):  # once by chance its loop may turn before the watchdog looks
        passed(0.5)
        process.send_signal(signal.SIGSTOP)
        passed(1.5)
        process.send_signal(signal.SIGCONT)
    passed(1.5)

    assert process.poll() is None
    process.kill()
    process.communicate()


def test_the_failure_of_a_task_is_short_and_its_log_is_not(caplog):
    sent = []
    signals.task_failure.connect(lambda einfo, **_: sent.append(einfo), weak=False)
    app = Celery(broker="memory://")
    app.task(small_worker.fail.run, name="fail").apply(args=[0])

    whole = "".join(record.exc_text or "" for record in caplog.records)
    assert "retry_over_time" in whole
    assert len(pickle.dumps(sent[-1])) < ATOMIC
    assert str(pickle.load(io.BytesIO(pickle.dumps(sent[-1]))).exception)


@pytest.fixture
def broker(tmp_path):
    server = Server(tmp_path / "redis")
    server.start()
    yield server
    server.send_signal(signal.SIGCONT)
    server.end()


@pytest.fixture
def worker(tmp_path, broker):
    small = SmallWorker(tmp_path, broker)
    yield small
    small.end()


@pytest.mark.slow
def test_a_failure_waits_for_its_reader_over_the_time_limit_and_stays_whole(worker, broker):
    task = worker.send(small_worker.fail, HEARTBEAT + 1)
    worker.wait_said(f"{task}] received")
    broker.send_signal(signal.SIGSTOP)  # the main process waits for it, and reads no results
    worker.wait_said(f"{task}] raised unexpected")
    passed(TASK_SECONDS)
    broker.send_signal(signal.SIGCONT)

    worker.works()
    passed(TASK_SECONDS / 2)  # until a process that is not heard would be killed
    worker.works()
    assert "Hard time limit" not in worker.log and "Unrecoverable" not in worker.log


@pytest.mark.slow
def test_a_worker_whose_main_loop_died_ends(worker):
    task = worker.send(small_worker.work, 2)
    worker.wait_said(f"{task}] received")
    small_worker.break_results(worker.process.pid, small_worker.RUBBISH)
    worker.wait_said("invalid load key, 'W'")

    assert worker.wait_ended(seconds=4 * WATCHDOG_SECONDS), "it is alive and deaf"
    assert worker.process.returncode == 1 and "watchdog: this process" in worker.log


@pytest.mark.slow
def test_a_worker_that_hears_of_no_result_ends(worker):
    small_worker.break_results(worker.process.pid, small_worker.ENDLESS)
    worker.send(small_worker.work, 0)

    assert worker.wait_ended(seconds=60), "its main loop turns, and nothing is done"
    assert "watchdog: this process" in worker.log


@pytest.mark.slow
def test_a_worker_in_a_long_task_is_left_alone(tmp_path, broker):
    long = 2 * WATCHDOG_SECONDS
    worker = SmallWorker(tmp_path, broker, task_seconds=2 * long)
    try:
        worker.wait_said(f"{worker.send(small_worker.work, long)}] succeeded", seconds=2 * long)
    finally:
        worker.end()


@pytest.mark.slow
def test_a_worker_that_is_frozen_goes_on_afterwards(worker):
    process_tree.freeze(worker.process.pid)
    passed(2 * WATCHDOG_SECONDS)
    process_tree.resume(worker.process.pid)

    worker.works()
    passed(1.5 * WATCHDOG_SECONDS)
    assert worker.process.poll() is None


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL], ids=["hangs", "is gone"])
def test_a_worker_whose_broker(worker, broker, number):
    broker.send_signal(number)
    passed(2.5 * WATCHDOG_SECONDS)
    assert worker.process.poll() is None
    if number == signal.SIGSTOP:
        broker.send_signal(signal.SIGCONT)
    else:
        broker.start()

    worker.works()
    assert "watchdog" not in worker.log
