"""Health checks of containers: exit with 0 when healthy, else with 1.

healthy.py ready             the instance in this container takes requests
healthy.py connected PORT    this container has a connection to that port, as a worker to its broker

It imports little, because the engine starts it every few seconds.
"""

import socket
import sys

ESTABLISHED = "01"


def ready():
    """Return whether the instance answers its readiness check with 200."""
    with socket.create_connection(("127.0.0.1", 8000), timeout=4) as connection:
        connection.sendall(b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return b" 200 " in connection.recv(64)


def connected(port):
    """Return whether there is an established connection to the port.

    A row of the kernel's table is `slot local remote state ...`, with ports in hexadecimal.
    """
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    return any(row[2].endswith(f":{port:04X}") and row[3] == ESTABLISHED for row in rows)


if __name__ == "__main__":
    question, *arguments = sys.argv[1:]
    try:
        sys.exit(
            0 if {"ready": ready, "connected": connected}[question](*map(int, arguments)) else 1
        )
    except OSError as error:
        sys.exit(f"not healthy: {error}")
