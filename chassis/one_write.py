"""An answer leaves an instance in one write, so that an instance killed in the middle never sends
half of one.

Gunicorn writes the head of an answer and then its body. Killed between the two it leaves a head
without a body, which HAProxy has passed on already and no retry can mend.
"""

from gunicorn.http import wsgi


class HeadAndBody:
    """A socket that keeps the first piece (the head) back until there is a second one, or the
    answer ends."""

    def __init__(self, socket):
        self.socket, self.head = socket, None

    def sendall(self, data):
        if self.head is None:
            self.head = data
        else:
            self.head, data = b"", self.head + data
            self.socket.sendall(data)

    def flush(self):
        if self.head:
            self.socket.sendall(self.head)
        self.head = b""

    def __getattr__(self, name):
        self.flush()  # any other use of the socket, such as sending a file, comes after the head
        return getattr(self.socket, name)


class OneWriteResponse(wsgi.Response):
    """Gunicorn's response, written through HeadAndBody."""

    def __init__(self, request, socket, settings):
        super().__init__(request, HeadAndBody(socket), settings)

    def close(self):
        super().close()
        self.sock.flush()


def install():
    """From now on every answer of this Gunicorn is a OneWriteResponse."""
    wsgi.Response = OneWriteResponse
