"""A small Celery application with the settings of the shop, its real worker, and how to break it.

`celery -A tests.support.small_worker worker -Q small` runs it on the Redis at BROKER_URL.
"""

import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

from celery import Celery

from chassis import queues
from lab.polling import wait_until
from lab.stack import process_tree
from lab.stack.home import ROOT

NOBODY = "redis://127.0.0.1:1/0"
HEARTBEAT = 2  # seconds; Celery then writes to its broker, and waits for the answer
TASK_SECONDS, WATCHDOG_SECONDS = 4, 8
ENDLESS = struct.pack(">i", 1_000_000)  # the beginning of a message that never ends
RUBBISH = struct.pack(">i", 1) + b"W" + ENDLESS  # cannot be unpickled

app = Celery("small")
app.conf.update(queues.celery_settings("small", routes={}))


@app.task
def work(seconds):
    """Take so long."""
    time.sleep(seconds)


@app.task
def fail(seconds):
    """Fail after so long as the recorder does without its broker, with the same long traceback."""
    time.sleep(seconds)
    with app.connection_for_write(NOBODY) as connection:
        app.send_task("nothing", connection=connection)


def break_results(pid, text):
    """Write this into each pipe from which the main process of a worker reads results."""
    for path in Path(f"/proc/{pid}/fd").iterdir():
        flags = int((path.parents[1] / "fdinfo" / path.name).read_text().split()[3], 8)
        is_result = flags & os.O_NONBLOCK and flags & os.O_ACCMODE == os.O_RDONLY
        if is_result and os.readlink(path).startswith("pipe:"):
            with open(path, "wb", buffering=0) as pipe:
                pipe.write(text)


class SmallWorker:
    """The worker of this application, with one process for each task at a time."""

    def __init__(self, folder, broker, task_seconds=TASK_SECONDS):
        self.path = folder / "worker.log"
        self.broker = f"redis://127.0.0.1:{broker.port}/0"
        variables = os.environ | {
            "BROKER_URL": self.broker,
            "TASK_SECONDS": str(task_seconds),
            "WATCHDOG_SECONDS": str(WATCHDOG_SECONDS),
        }
        words = "-A tests.support.small_worker worker -Q small --concurrency 2 --loglevel INFO"
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", *words.split()],
                env=variables,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_said("ready.")

    @property
    def log(self):
        return self.path.read_text()

    def send(self, task, *arguments):
        """Sends a task; its id."""
        with Celery(broker=self.broker) as client:
            return client.send_task(task.name, args=arguments, queue="small").id

    def wait_said(self, text, seconds=30):
        assert wait_until(lambda: text in self.log, seconds=seconds), self.log[-5000:]

    def works(self):
        """Sends a task and waits until it is done."""
        self.wait_said(f"{self.send(work, 0)}] succeeded")

    def wait_ended(self, seconds):
        return wait_until(lambda: self.process.poll() is not None, seconds=seconds)

    def end(self):
        tree = process_tree.tree_of(self.process.pid)
        self.process.send_signal(signal.SIGCONT)
        process_tree.kill(tree)
        self.process.wait(timeout=10)
