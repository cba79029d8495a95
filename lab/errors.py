"""Errors for the user: what happened, and what to do next."""

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
