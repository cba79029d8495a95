"""The desired state: how many processes of each kind, and the levers, as the operator set them."""

import dataclasses
import json

from lab.errors import Failure, WrongUsage
from lab.stack import levers
from lab.stack.home import Home, write_private

LIMITS = {"core": 8, "analytics": 4, "worker": 4}


@dataclasses.dataclass
class DesiredState:
    """What should run: the number of processes in each group, and the value of each lever."""

    core: int = 2
    analytics: int = 1
    worker: int = 1
    levers: dict[str, str] = dataclasses.field(default_factory=lambda: dict(levers.DEFAULTS))
    board: bool = False  # costs processor time: experiments and tests go without it

    def names(self) -> list[str]:
        """Return every process that should run, in the order in which they are started."""
        return [
            *("postgres", "cache", "broker", "relay", "recorder-1"),
            *(
                f"{group}-{number}"
                for group in LIMITS
                for number in range(1, getattr(self, group) + 1)
            ),
            "haproxy",
            *(["board"] if self.has_board else []),
        ]

    @property
    def has_board(self) -> bool:
        """Whether the board runs: it is a part of the laboratory, so not with LAB=off."""
        return self.board and self.levers["LAB"] == "on"

    def instances(self) -> list[str]:
        """Return the processes among them to which HAProxy sends requests."""
        return [name for name in self.names() if name.startswith(("core-", "analytics-"))]


def all_names() -> list[str]:
    """Return every process that can exist, whether or not it should run now."""
    return DesiredState(LIMITS["core"], LIMITS["analytics"], LIMITS["worker"], board=True).names()


def kind(name: str) -> str:
    """Return the kind of a process: `core` for `core-2`, `postgres` for `postgres`."""
    return name.partition("-")[0]


def check_count(group: str, number: int) -> int:
    """Return `number`; raise WrongUsage when the group cannot have that many processes."""
    if not 1 <= number <= LIMITS[group]:
        raise WrongUsage(
            f"cannot run {number} {group} processes", f"choose a number from 1 to {LIMITS[group]}"
        )
    return number


def check_name(name: str) -> str:
    """Return `name`; raise WrongUsage when no process can have it."""
    if name not in all_names():
        raise WrongUsage(
            f"there is no process called {name}",
            "use a name that ./escala status shows, such as core-1 or relay",
        )
    return name


def load(home: Home) -> DesiredState:
    """Return the desired state that was saved last, or the defaults when none was."""
    path = home.config / "system.json"
    if not path.exists():
        return DesiredState()
    try:
        known = json.loads(path.read_text())
        core, analytics, worker = (check_count(group, known[group]) for group in LIMITS)
        chosen = levers.parse(f"{name}={value}" for name, value in known["levers"].items())
    except (ValueError, KeyError, TypeError, AttributeError, WrongUsage):
        raise Failure(
            f"{path} is damaged: it has the number of instances and the levers that you chose",
            "./escala down removes it and keeps all data; then ./escala up with your choices",
        ) from None
    board = known.get("board") is True
    return DesiredState(core, analytics, worker, levers.DEFAULTS | chosen, board)


def save(home: Home, state: DesiredState) -> None:
    """Save the desired state, and with it the ports that the system uses."""
    document = dataclasses.asdict(state) | {"port_base": home.port_base}
    write_private(home.config / "system.json", json.dumps(document, indent=2) + "\n")


def forget(home: Home) -> None:
    """Remove what was saved, so that the next `up` starts with the defaults."""
    (home.config / "system.json").unlink(missing_ok=True)
