"""Health checks of containers: exit with 0 when healthy, else with 1.

healthy.py ready        the instance in this container takes requests
healthy.py connected    this container has a connection to the port of its broker

It imports little, because the engine starts it every few seconds.
"""

import os
import socket
import sys
from urllib.parse import urlsplit

ESTABLISHED = "01"


def ready():
    """Return whether the instance answers its readiness check with 200."""
    with socket.create_connection(("127.0.0.1", 8000), timeout=4) as connection:
        connection.sendall(b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return b" 200 " in connection.recv(64)


def connected():
    """Return whether there is an established connection to the port of the broker.

    A row of the kernel's tables is `slot local remote state ...`, with ports in hexadecimal.
    """
    port = f":{broker_port():04X}"
    return any(row[2].endswith(port) and row[3] == ESTABLISHED for row in connections())


def broker_port():
    """Return the port in BROKER_URL, or in the file that BROKER_URL_FILE names."""
    url = os.environ.get("BROKER_URL", "")
    if path := os.environ.get("BROKER_URL_FILE"):
        with open(path) as file:
            url = file.read().strip()
    return urlsplit(url).port or 6379


def connections():
    """Yield the rows of the connections over IPv4 and over IPv6, which a kernel may not have."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(table):
            with open(table) as lines:
                yield from map(str.split, lines)


if __name__ == "__main__":
    [question] = sys.argv[1:]
    try:
        sys.exit(0 if {"ready": ready, "connected": connected}[question]() else 1)
    except OSError as error:
        sys.exit(f"not healthy: {error}")
    except ValueError:  # whose text may hold a part of the password
        sys.exit("not healthy: BROKER_URL has no valid port")
