"""What went wrong, told to a person: what happened, and what to do next."""

from pathlib import Path
from typing import Any


class Failure(Exception):
    """The command ran and the answer is no (exit 1). `log` is a file whose last lines explain
    it."""

    code = 1

    def __init__(self, what: str, next_step: str, *, log: Path | None = None) -> None:
        super().__init__(what)
        self.what, self.next_step, self.log = what, next_step, log

    def lines(self, count: int = 15) -> list[str]:
        """The last lines of the log that explains the failure; none when there is no log."""
        if not self.log or not self.log.exists():
            return []
        with open(self.log, "rb") as file:
            file.seek(max(0, self.log.stat().st_size - 20_000))
            return file.read().decode(errors="replace").splitlines()[-count:]

    def as_document(self) -> dict[str, Any]:
        """The failure as JSON has it."""
        error: dict[str, Any] = {"what": self.what, "next": self.next_step}
        if lines := self.lines():
            error |= {"log": str(self.log), "lines": lines}
        return {"error": error}


class WrongUsage(Failure):
    """What was asked for does not exist (exit 2)."""

    code = 2
