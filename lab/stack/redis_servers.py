"""The two Redis servers: `cache` may forget anything, `broker` keeps what it was given; each has a
password.

Two and not one: a full cache evicts, and an evicted message would be a lost task.
"""

import socket

from lab.stack import credentials, programs
from lab.stack.home import write_private

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


def command(home, name):
    return [
        programs.find("redis-server", "redis-server", "valkey-server"),
        str(home.config / f"{name}.conf"),
    ]


def write_config(home, name):
    """The server's configuration in a file of mode 600, since it holds the password."""
    folder = home.data / name
    folder.mkdir(mode=0o700, exist_ok=True)
    password = credentials.load(home)[f"{name.upper()}_PASSWORD"]
    own = f'port {home.port(name)}\ndir "{folder}"\nrequirepass {password}\n'
    write_private(home.config / f"{name}.conf", COMMON + KINDS[name] + own)


def answers(home, name):
    """Whether the server answers, with the right password."""
    password = credentials.load(home)[f"{name.upper()}_PASSWORD"]
    try:
        with socket.create_connection(("127.0.0.1", home.port(name)), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
            return b"+PONG" in b"".join(iter(lambda: connection.recv(1024), b""))
    except OSError:
        return False
