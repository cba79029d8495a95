"""The servers of a benchmark: Gunicorn processes that differ only in their application."""

import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lab import console
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import ports, process_tree
from lab.stack.home import ROOT, Home

PEERS = ("plain", "cacheops", "cachalot", "cache_page")  # of the page
IMPORTER = "import_export"  # the peer of the import
PEER_PACKAGES = ROOT / "lab" / "bench" / "peers" / "requirements.txt"


class Server:
    """One Gunicorn with one worker, on a port of its own; or what else `command` starts there."""

    process: subprocess.Popen | None = None

    def __init__(
        self,
        home: Home,
        name: str,
        application: str,
        variables: dict[str, str],
        *,
        python: str = sys.executable,
        tree: Path = ROOT,
    ) -> None:
        self.name, self.port, self.log = name, ports.free_port(), home.log(f"bench-{name}")
        self.tree = tree  # a copy of this repository, or the repository itself
        self.variables = variables | {"BIND": f"127.0.0.1:{self.port}"}
        self.command = [python, "-m", "gunicorn", application]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        """Starts the server and waits until it accepts connections."""
        with open(self.log, "w") as log:
            process = self.process = subprocess.Popen(
                self.command,
                env=self.variables,
                cwd=self.tree,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not wait_until(
            lambda: not ports.is_free(self.port) or process.poll() is not None, seconds=60
        ):
            raise Failure(f"{self.name} does not listen", "look at the log", log=self.log)
        if process.poll() is not None:
            raise Failure(f"{self.name} did not start", "look at the log", log=self.log)

    def end(self) -> None:
        if self.process:
            process_tree.end(process_tree.tree_of(self.process.pid))
            self.process.wait()


def make_tables(peer: Server) -> None:
    """Makes the tables of the peer's orders, in the database of the system."""
    python, *_ = peer.command
    variables = peer.variables | {"DJANGO_SETTINGS_MODULE": "lab.bench.peers.settings"}
    command = [python, "-m", "django", "migrate", "--run-syncdb", "--skip-checks"]
    done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Failure(
            f"no tables for the orders of {peer.name}: {done.stderr[-300:]}", "./escala bench again"
        )


@contextmanager
def running(servers: list[Server]) -> Iterator[list[Server]]:
    """Starts all servers; ends them afterwards, also after an exception."""
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.end)
            server.start()
        yield servers


def peers_python() -> str:
    """A Python with the peers' packages, in an environment that is made at the first call."""
    folder = ROOT / ".escala" / "peers"
    python = folder / "bin" / "python"
    installed = folder / "requirements.txt"
    if not installed.exists() or installed.read_text() != PEER_PACKAGES.read_text():
        with console.step("packages of the peers installed"):
            venv.create(folder, with_pip=True, clear=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            done = subprocess.run([*pip, "-r", str(PEER_PACKAGES)], capture_output=True, text=True)
            if done.returncode:
                raise Failure(
                    f"the peers' packages could not be installed: {done.stderr[-300:]}",
                    "check the network",
                )
            installed.write_text(PEER_PACKAGES.read_text())
    return str(python)
