"""The two Redis servers: `cache` may drop any key, `broker` keeps every message.

There are two because a full cache evicts keys, and an evicted message would be a lost task.
"""

import socket

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
    password = credentials.load(home)[f"{name.upper()}_PASSWORD"]
    try:
        with socket.create_connection(("127.0.0.1", home.port(name)), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
            return b"+PONG" in b"".join(iter(lambda: connection.recv(1024), b""))
    except OSError:
        return False
