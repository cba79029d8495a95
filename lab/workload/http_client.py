"""Single HTTP requests to a port of this machine, for everything that is not measured as load."""

import contextlib
import http.client
import json
from email.message import Message
from typing import Any, NamedTuple

from lab.errors import Failure
from lab.polling import repeated

TIMEOUT = 10  # seconds
LOGIN = "/api/token/"
AGAIN = "run the same command again"


class Unanswered(Failure):
    """A request that a busy or broken system did not answer; another attempt may succeed."""


class Response(NamedTuple):
    """What a server answered."""

    status: int
    headers: Message
    body: bytes

    @property
    def document(self) -> Any:
        """The body read as JSON; None when it is empty."""
        return json.loads(self.body) if self.body else None


def request(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Response:
    """Sends one request and returns its response, whatever the status.

    A `body` of text or bytes is sent unchanged; everything else is sent as JSON.
    """
    content = body if isinstance(body, str | bytes | None) else json.dumps(body)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        all_headers = {"Content-Type": "application/json"} | (headers or {})
        connection.request(method, path, content, all_headers)
        response = connection.getresponse()
        return Response(response.status, response.headers, response.read())
    finally:
        connection.close()


def request_ok(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Response:
    """Sends a request that must succeed; a Failure when it is not answered with 2xx.

    While it is not answered or answered 5xx it is sent again, for at most polling.PATIENCE seconds;
    but never a POST that could take effect twice (see is_repeatable).
    """
    what = f"{method} {path}"

    def send() -> Response:
        try:
            response = request(port, method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"{what} was not answered: {error!r}", AGAIN) from error
        if response.status >= 300:
            text = reason(response.body)
            kind = Unanswered if response.status >= 500 else Failure
            raise kind(f"{what} was answered {response.status}: {text}", AGAIN)
        return response

    return repeated(send, on=Unanswered) if is_repeatable(method, path, headers) else send()


def reason(body: bytes) -> str:
    """Why a request was refused: the `detail` of a problem document, else the first characters."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return str(json.loads(body)["detail"])
    return body[:200].decode(errors="replace")


def is_repeatable(method: str, path: str, headers: dict[str, str] | None) -> bool:
    """Whether a request that was sent twice has no other effect than one that was sent once.

    Every PATCH of the laboratory sets a field to a value. A login makes one more token.
    """
    return method != "POST" or path == LOGIN or "Idempotency-Key" in (headers or {})


def bearer(token: str) -> dict[str, str]:
    """The header that sends an access token."""
    return {"Authorization": f"Bearer {token}"}


def file_upload(name: str, text: str) -> tuple[bytes, dict[str, str]]:
    """The body and the headers that upload a CSV file called `name` as a form's field `file`."""
    boundary = "a-boundary-that-no-row-contains"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: text/csv\r\n\r\n{text}\r\n--{boundary}--\r\n"
    )
    return body.encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}
