"""An instance sends the head and the first piece of a response in one write.

Gunicorn writes the head, then the body. After a kill between the two, HAProxy has passed on the
head and cannot send the request to another instance. This overrides a private part of Gunicorn
27.0; tests/chassis/test_overrides.py fails when that changes.
"""

from typing import Any

from gunicorn.http import wsgi


class HeadAndBody:
    """A socket that holds back the first piece (the head) until the second one or flush()."""

    def __init__(self, socket: Any):
        self.socket = socket
        self.head: bytes | None = None

    def sendall(self, data: bytes) -> None:
        if self.head is None:
            self.head = data
        else:
            self.flush(data)

    def flush(self, data: bytes = b"") -> None:
        if pieces := (self.head or b"") + data:
            self.socket.sendall(pieces)
        self.head = b""

    def __getattr__(self, name: str) -> Any:
        self.flush()  # any other use of the socket, such as sending a file, comes after the head
        return getattr(self.socket, name)


class OneWriteResponse(wsgi.Response):
    """Gunicorn's response, written through HeadAndBody."""

    def __init__(self, request: Any, socket: Any, settings: Any):
        super().__init__(request, HeadAndBody(socket), settings)

    def close(self) -> None:
        super().close()
        self.sock.flush()


def install() -> None:
    """Make this Gunicorn send every response as a OneWriteResponse."""
    wsgi.Response = OneWriteResponse
