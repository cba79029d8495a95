"""Errors for the user: what happened, and what to do next."""

import errno
import http.client
import os
import sys
import xmlrpc.client
from contextlib import suppress
from pathlib import Path
from typing import Any


class Failure(Exception):
    """A command that could not do its work (exit code 1).

    The last lines of the file `log`, if there is one, explain why.
    """

    code = 1

    def __init__(self, what: str, next_step: str, *, log: Path | None = None) -> None:
        super().__init__(what)
        self.what, self.next_step, self.log = what, next_step, log

    def lines(self, count: int = 15) -> list[str]:
        """Return the last lines of the log; none when there is no log."""
        if not self.log or not self.log.exists():
            return []
        with open(self.log, "rb") as file:
            file.seek(max(0, self.log.stat().st_size - 20_000))
            return file.read().decode(errors="replace").splitlines()[-count:]

    def as_document(self) -> dict[str, Any]:
        """Return the failure as the JSON document that `--json` prints."""
        error: dict[str, Any] = {"what": self.what, "next": self.next_step}
        if lines := self.lines():
            error |= {"log": str(self.log), "lines": lines}
        return {"error": error}


class WrongUsage(Failure):
    """A request for something that does not exist (exit code 2)."""

    code = 2


ADVICE = {
    errno.ENOSPC: "free some space on the disk, then try again",
    errno.EDQUOT: "free some space within your quota, then try again",
    errno.EROFS: "set ESCALA_HOME to a folder that can be written",
    errno.EACCES: "run ./escala as the owner of that file, or set ESCALA_HOME to a folder of yours",
    errno.EPERM: "run ./escala as the owner of that file, or set ESCALA_HOME to a folder of yours",
}
# {error: (what is there, what to do)}
WRONG_KIND = {
    errno.EISDIR: ("is a folder, and a file belongs there", "move that folder away, and try again"),
} | dict.fromkeys(
    (errno.ENOTDIR, errno.EEXIST),
    (
        "is not a folder, and one belongs there",
        "move that file away and try again, or set ESCALA_HOME to another folder",
    ),
)


def failure_of(error: Exception) -> Failure | None:
    """Return the failure that an error of the machine or of a database is; None for others."""
    if isinstance(error, Failure):
        return error
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OSError):
        return _failure_of_file(error) or Failure(
            text, ADVICE.get(error.errno or 0, "./escala status; ./escala logs")
        )
    if isinstance(error, xmlrpc.client.Error | http.client.HTTPException):
        text = getattr(error, "faultString", text)
        return Failure(f"supervisor: {text}", "./escala status; ./escala logs supervisor")
    database = sys.modules.get("psycopg")  # without the package there is no error of it
    if database and isinstance(error, database.Error):
        return Failure(f"Postgres: {text}", "./escala status; ./escala logs postgres")
    return None


def _failure_of_file(error: OSError) -> Failure | None:
    if not isinstance(path := error.filename2 or error.filename, str | Path):
        return None
    if error.errno in WRONG_KIND:
        what, next_step = WRONG_KIND[error.errno]
        # Perhaps the file is above the path.
        obstacle = next((above for above in Path(path).parents if above.is_file()), path)
        return Failure(f"{obstacle} {what}", next_step)
    if isinstance(error, PermissionError):
        with suppress(OSError):
            if os.stat(path).st_uid == os.geteuid():
                what = f"{path} cannot be opened: its mode forbids it"
                return Failure(what, f"chmod u+rwX '{path}', then try again")
    return None
