"""TARGETS: the Gunicorns that a benchmark asks, each with one choice of its own, and the processor
time they take."""

import subprocess
import sys
import venv
from contextlib import ExitStack, contextmanager

from lab import console
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import ports, process_tree
from lab.stack.home import ROOT

PEERS = ("plain", "cacheops", "cachalot", "cache_page")
PEER_PACKAGES = ROOT / "lab" / "bench" / "peers" / "requirements.txt"


class Target:
    """One Gunicorn with one worker, on a port of its own; only the application differs from the
    others."""

    def __init__(self, home, name, application, variables, *, python=sys.executable):
        self.name, self.port, self.log = name, ports.free_port(), home.log(f"bench-{name}")
        self.variables, self.process = variables | {"BIND": f"127.0.0.1:{self.port}"}, None
        self.command = [python, "-m", "gunicorn", application]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.variables,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not wait_until(
            lambda: not ports.is_free(self.port) or self.process.poll() is not None, seconds=60
        ):
            raise Failure(f"{self.name} does not listen", "look at the log", log=self.log)
        if self.process.poll() is not None:
            raise Failure(f"{self.name} did not start", "look at the log", log=self.log)

    def cpu_seconds(self):
        """User and system time of all its processes until now."""
        return process_tree.cpu_seconds(self.process.pid)

    def end(self):
        if self.process:
            process_tree.end(process_tree.tree_of(self.process.pid))
            self.process.wait()


@contextmanager
def running(targets):
    """All targets started; ended afterwards, whatever happens."""
    with ExitStack() as stack:
        for target in targets:
            stack.callback(target.end)
            target.start()
        yield targets


def peers_python():
    """A Python that has the peers' packages, in an environment of its own that is made at the first
    call."""
    folder = ROOT / ".escala" / "peers"
    python = folder / "bin" / "python"
    stamp = folder / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != PEER_PACKAGES.read_text():
        with console.step("packages of the peers installed"):
            venv.create(folder, with_pip=True, clear=True)
            words = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                PEER_PACKAGES,
            ]
            done = subprocess.run([python, *words], capture_output=True, text=True)
            if done.returncode:
                raise Failure(
                    f"the peers' packages could not be installed: {done.stderr[-300:]}",
                    "check the network",
                )
            stamp.write_text(PEER_PACKAGES.read_text())
    return str(python)
