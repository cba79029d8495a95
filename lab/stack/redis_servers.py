"""The two Redis servers: `cache` may drop any key, `broker` keeps every message.

There are two because a full cache evicts keys, and an evicted message would be a lost task. But the
broker's files may be lost: what its messages say is in rows, and the relay sends it again.
"""

import shutil
import socket
import subprocess
from pathlib import Path

from lab.polling import wait_until
from lab.stack import credentials, programs
from lab.stack.home import Home, write_private

COMMON = """\
bind 127.0.0.1
protected-mode yes
databases 1
save ""
"""
KINDS = {
    "cache": "maxmemory 64mb\nmaxmemory-policy allkeys-lru\nappendonly no\n",
    "broker": "maxmemory-policy noeviction\nappendonly yes\nappendfsync everysec\n",
}


def command(home: Home, name: str) -> list[str]:
    """Return the command that starts `cache` or `broker`."""
    return [
        programs.find("redis-server", "redis-server", "valkey-server"),
        str(home.config / f"{name}.conf"),
    ]


def write_config(home: Home, name: str) -> None:
    """Write the server's configuration, readable by its owner only: it holds the password."""
    folder = home.data / name
    folder.mkdir(mode=0o700, exist_ok=True)
    password = credentials.load(home)[f"{name.upper()}_PASSWORD"]
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    own = f'port {home.port(name)}\ndir "{quoted}"\nrequirepass {password}\n'
    write_private(home.config / f"{name}.conf", COMMON + KINDS[name] + own)


def is_answering(home: Home, name: str) -> bool:
    """Return whether the server answers and accepts the password of this home."""
    try:
        with socket.create_connection(("127.0.0.1", home.port(name)), timeout=1) as connection:
            return _write(home, name, connection) != "LOADING"
    except OSError:
        return False


def refusal(home: Home, name: str) -> str | None:
    """Return with which error a running server refuses to write, such as MISCONF; else None."""
    try:
        with socket.create_connection(("127.0.0.1", home.port(name)), timeout=1) as connection:
            return _write(home, name, connection)
    except OSError:
        return None


def unreadable_files(home: Home) -> Path:
    """Return the folder to which set_unreadable_files_aside() renames; it need not exist."""
    return home.data / "broker" / "appendonlydir.unreadable"


def set_unreadable_files_aside(home: Home) -> None:
    """Rename the broker's files when a server cannot load them; only the newest such are kept.

    After a power cut they may end in rubbish, and another version may have written them.
    """
    files, aside = home.data / "broker" / "appendonlydir", unreadable_files(home)
    if not files.exists():
        return
    address = home.run / "broker.sock"  # no client finds the server there
    trial = subprocess.Popen([*command(home, "broker"), "--port", "0", "--unixsocket", address])

    def has_loaded() -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(address))
                return _write(home, "broker", connection) != "LOADING"
            except OSError:
                return False

    wait_until(lambda: trial.poll() is not None or has_loaded(), seconds=60, every=0.02)
    if trial.poll():
        print(f"escala: the broker cannot read its files; they are now in {aside}", flush=True)
        shutil.rmtree(aside, ignore_errors=True)
        files.rename(aside)
    trial.kill()
    trial.wait()


def _write(home: Home, name: str, connection: socket.socket) -> str | None:
    """Return the first word of the error with which the server refuses a write, or None.

    Raise OSError when it does not answer, or refuses the password.
    """
    password = credentials.load(home)[f"{name.upper()}_PASSWORD"]
    connection.sendall(f"AUTH {password}\r\nSET escala:try 1 PX 1\r\nQUIT\r\n".encode())
    login, *answers = b"".join(iter(lambda: connection.recv(1024), b"")).decode().splitlines()
    if not answers or (login != "+OK" and not login.startswith("-LOADING")):
        raise ConnectionError(f"{name} answers {login}")
    return answers[0][1:].split()[0] if answers[0].startswith("-") else None
