"""WANTED: what the operator asked for (how many of each, which levers), remembered while the system
runs."""

import dataclasses
import json

from lab.errors import WrongUsage
from lab.stack import levers
from lab.stack.home import write_private

LIMITS = {"core": 8, "analytics": 4, "worker": 4}


@dataclasses.dataclass
class DesiredState:
    core: int = 2
    analytics: int = 1
    worker: int = 1
    levers: dict = dataclasses.field(default_factory=lambda: dict(levers.DEFAULTS))

    def names(self):
        """Every process that should run, in the order in which they are started."""
        return [
            *("postgres", "cache", "broker", "relay", "recorder-1"),
            *(
                f"{group}-{number}"
                for group in LIMITS
                for number in range(1, getattr(self, group) + 1)
            ),
            "haproxy",
        ]

    def instances(self):
        """The wanted processes that HAProxy balances."""
        return [name for name in self.names() if name.startswith(("core-", "analytics-"))]


def all_names():
    """Every process there is a place for, wanted or not."""
    return DesiredState(**LIMITS).names()


def kind(name):
    """`core-2` -> `core`, `recorder-1` -> `recorder`, `postgres` -> `postgres`."""
    return name.partition("-")[0]


def check_count(group, number):
    """`number`, when the system has room for that many of the group; refused otherwise."""
    if not 1 <= number <= LIMITS[group]:
        raise WrongUsage(
            f"there is no room for {number} of {group}", f"choose 1 to {LIMITS[group]}"
        )
    return number


def check_name(name):
    """`name`, when such a process can exist; refused otherwise."""
    if name not in all_names():
        raise WrongUsage(
            f"there is no process {name}", f"names: {', '.join(DesiredState().names())} ..."
        )
    return name


def load(home):
    """What was asked for last; the defaults when nothing runs."""
    path = home.config / "system.json"
    if not path.exists():
        return DesiredState()
    known = json.loads(path.read_text())
    return DesiredState(
        known["core"], known["analytics"], known["worker"], levers.DEFAULTS | known["levers"]
    )


def save(home, wanted):
    document = dataclasses.asdict(wanted) | {"port_base": home.port_base}
    write_private(home.config / "system.json", json.dumps(document, indent=2) + "\n")


def forget(home):
    """The next `up` starts with the defaults again."""
    (home.config / "system.json").unlink(missing_ok=True)
