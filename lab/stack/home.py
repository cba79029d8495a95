"""The home of a system: its folders for data, logs, sockets and secrets, its ports, and its lock.

ESCALA_HOME chooses the folder and ESCALA_PORT_BASE the ports, so two systems can run side by side.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lab.errors import Failure, WrongUsage
from lab.polling import wait_until

ROOT = Path(__file__).resolve().parents[2]  # the folder of the repository
PORTS = {"haproxy": 80, "stats": 404, "board": 405, "postgres": 32, "cache": 79, "broker": 78}
SLOTS = {"core": 101, "analytics": 201}
# The path of a Unix socket may have at most 103 bytes on macOS and 107 on Linux, and a server adds
# a suffix while it binds. This is what remains for the folder.
LONGEST_SOCKET_FOLDER = 75
# In other paths HAProxy and the supervisor would read a comma, a semicolon ... as their own sign.
SOCKET_FOLDER = re.compile(r"[\w/. %+-]+\Z")


class Home:
    """The folders, files and ports of one system. Only create() writes to the disk."""

    def __init__(
        self, folder: str | Path | None = None, port_base: int | str | None = None
    ) -> None:
        self.folder = _resolved(folder or os.environ.get("ESCALA_HOME") or ROOT / ".escala")
        self.port_base = _checked(
            port_base or os.environ.get("ESCALA_PORT_BASE") or self.saved_port_base or 8000
        )
        self.logs = self.folder / "logs"
        self.data = self.folder / "data"
        self.config = self.folder / "config"
        self.secrets = self.folder / "secrets"
        self.tree = self.folder / "tree"  # the copy of the repository that a disposable system runs
        self.run = self._socket_folder()
        self.supervisor_socket = self.run / "supervisor.sock"
        self.haproxy_socket = self.run / "haproxy.sock"
        self.server_state = self.config / "haproxy.state"

    def has_port(self, name: str) -> bool:
        """Return whether a process of this name listens on a port."""
        return name in PORTS or name.rpartition("-")[0] in SLOTS

    def port(self, name: str) -> int:
        """Return the port of a process that has one.

        `haproxy` is the port of the shop, `stats` that of HAProxy's statistics.
        """
        if name in PORTS:
            return self.port_base + PORTS[name]
        group, _, number = name.rpartition("-")
        return self.port_base + SLOTS[group] + int(number) - 1

    def log(self, name: str) -> Path:
        """Return the path of the log of a process or a command."""
        return self.logs / f"{name}.log"

    @property
    def saved_port_base(self) -> int | None:
        """The port base that `up` used last, so that later commands find the same ports."""
        try:
            return int(
                json.loads((self.folder / "config" / "system.json").read_text())["port_base"]
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def create(self) -> None:
        """Create every folder, accessible to its owner only; an existing folder stays."""
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
        # It depends on the home alone: every command finds the running system by it, whatever the
        # shell of that command sets.
        folder = self.folder / "run"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and SOCKET_FOLDER.match(str(folder)):
            return folder
        short = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path("/tmp") / f"escala-{os.geteuid()}-{short}"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read. A reader sees the old content or the new one.

    That holds after a power cut too: the content is on the disk before it gets its name.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _resolved(folder: str | Path) -> Path:
    # Path.resolve() would raise RuntimeError for a link to itself, and expanduser() for ~nobody.
    path = os.path.realpath(os.path.expanduser(folder))
    if re.search(
        "[\x00-\x1f\x7f-\x9f\ud800-\udfff]", path
    ):  # configuration files cannot hold such a path
        raise WrongUsage(
            f"ESCALA_HOME={path!r} has a control character or bytes that are no text",
            "choose a folder without them, for example ESCALA_HOME=~/escala",
        )
    return Path(path)


def _checked(port_base: int | str) -> int:
    try:
        number = int(port_base)
    except ValueError:
        number = 0
    # haproxy.cfg appends a digit to a prefix to get an instance's port, hence the multiple of 10.
    if number % 10 or not 1024 <= number <= 65000:
        raise WrongUsage(
            f"ESCALA_PORT_BASE={port_base} is not a multiple of 10 between 1030 and 65000",
            "choose such a number, for example ESCALA_PORT_BASE=9000",
        )
    return number


@contextmanager
def locked(home: Home, command: str, *, patience: float = 3) -> Iterator[None]:
    """Hold the lock of the home, so that two commands never change a system at the same time.

    Raise Failure, with the name of the other command, when the lock is not free within `patience`
    seconds. The kernel releases the lock when the process ends, for whatever reason.
    """
    home.create()
    with open(home.config / "lock", "a+") as file:
        if not wait_until(lambda: _try_lock(file), seconds=patience):
            file.seek(0)
            raise Failure(
                f"another command is changing this system: {file.read().strip() or 'unknown'}",
                "wait until it ends, then try again",
            )
        file.truncate(0)
        file.write(f"{command} (pid {os.getpid()})")
        file.flush()
        yield


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
