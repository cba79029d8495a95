"""What went wrong, told to a person: what happened, and what to do next."""


class Failure(Exception):
    """The command ran and the answer is no (exit 1). `log` is a file whose last lines explain
    it."""

    code = 1

    def __init__(self, what, next_step, *, log=None):
        super().__init__(what)
        self.what, self.next_step, self.log = what, next_step, log

    def lines(self, count=15):
        """The last lines of the log that explains the failure; none when there is no log."""
        if not self.log or not self.log.exists():
            return []
        with open(self.log, "rb") as file:
            file.seek(max(0, self.log.stat().st_size - 20_000))
            return file.read().decode(errors="replace").splitlines()[-count:]

    def as_document(self):
        """The failure as JSON has it."""
        error = {"what": self.what, "next": self.next_step}
        if lines := self.lines():
            error |= {"log": str(self.log), "lines": lines}
        return {"error": error}


class WrongUsage(Failure):
    """What was asked for does not exist (exit 2)."""

    code = 2
