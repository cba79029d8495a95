"""HOME: where one system keeps its data, logs, sockets and secrets, and which ports it takes.

ESCALA_HOME moves the folder and ESCALA_PORT_BASE all ports, so that two systems run side by side.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from lab.errors import Failure, WrongUsage
from lab.polling import wait_until

ROOT = Path(__file__).resolve().parents[2]  # the folder of the repository
PORTS = {"haproxy": 80, "stats": 404, "postgres": 32, "cache": 79, "broker": 78}
SLOTS = {"core": 101, "analytics": 201}
# A Unix socket's path may have 103 bytes on macOS, 107 on Linux, and servers add a suffix to it
# while they bind.
LONGEST_SOCKET_FOLDER = 75


class Home:
    """One system's folder. Making the object touches nothing; create() does."""

    def __init__(
        self, folder: Path | str | None = None, port_base: int | str | None = None
    ) -> None:
        self.folder = (
            Path(folder or os.environ.get("ESCALA_HOME") or ROOT / ".escala").expanduser().resolve()
        )
        self.port_base = _checked(
            port_base or os.environ.get("ESCALA_PORT_BASE") or self.saved_port_base or 8000
        )
        self.logs = self.folder / "logs"
        self.data = self.folder / "data"
        self.config = self.folder / "config"
        self.secrets = self.folder / "secrets"
        self.run = self._socket_folder()
        self.supervisor_socket = self.run / "supervisor.sock"
        self.haproxy_socket = self.run / "haproxy.sock"
        self.server_state = self.config / "haproxy.state"

    def port(self, name: str) -> int | None:
        """The port of a process (`core-2`, `postgres`), of HAProxy's front (`haproxy`) or page
        (`stats`), or None."""
        if name in PORTS:
            return self.port_base + PORTS[name]
        group, _, number = name.rpartition("-")
        return self.port_base + SLOTS[group] + int(number) - 1 if group in SLOTS else None

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @property
    def saved_port_base(self) -> int | None:
        """The port base this home was last started with, so that later commands need not be
        told."""
        try:
            return json.loads((self.folder / "config" / "system.json").read_text())["port_base"]
        except (OSError, ValueError, KeyError):
            return None

    def create(self) -> None:
        """Makes every folder, readable by its owner only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self.logs, self.data, self.config, self.secrets, self.run):
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid != os.geteuid() or (folder == self.run and folder.is_symlink()):
                raise Failure(
                    f"{folder} belongs to another user",
                    "run ./escala as that user, or set ESCALA_HOME to a folder of your own",
                )
            folder.chmod(0o700)

    def _socket_folder(self) -> Path:
        folder = self.folder / "run"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        short = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"escala-{os.geteuid()}-{short}"


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step by one that only its owner may read."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def _checked(port_base: int | str) -> int:
    try:
        number = int(port_base)
    except ValueError:
        number = 0
    # HAProxy composes the instances' ports from a prefix and one digit, hence the multiple of 10.
    if number % 10 or not 1024 <= number <= 65000:
        raise WrongUsage(
            f"ESCALA_PORT_BASE={port_base} is not a multiple of 10 between 1030 and 65000",
            "choose one, for example ESCALA_PORT_BASE=9000",
        )
    return number


@contextmanager
def only_one(home: Home, command: str, *, patience: float = 3) -> Iterator[None]:
    """Holds the home's lock; refuses after `patience` seconds, naming the command that has it.

    The kernel gives the lock back when its holder ends, however it ends.
    """
    home.create()
    with open(home.config / "lock", "a+") as file:
        if not wait_until(lambda: _taken(file), seconds=patience):
            file.seek(0)
            raise Failure(
                f"another command is changing this system: {file.read().strip() or 'unknown'}",
                "wait for it to end, then try again",
            )
        file.truncate(0)
        file.write(f"{command} (pid {os.getpid()})")
        file.flush()
        yield


def _taken(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
