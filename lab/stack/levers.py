"""Levers: the settings that an operator chooses, their values, and the processes that read them."""

from collections.abc import Iterable
from typing import NamedTuple

from lab.errors import Failure, WrongUsage
from lab.stack import programs


class Lever(NamedTuple):
    """A setting of the whole system."""

    choices: tuple[str, ...]  # the first is the default
    read_by: tuple[str, ...]  # the kinds of processes that read it, once, when they start


NEAR_SINCE = (6, 0)  # the first Redis that notifies clients of changes (client tracking)
SHOP = ("core", "worker", "relay")
LEVERS = {
    "CACHE": Lever(("redis", "off", "local", "near"), SHOP),
    "EDGE_CACHE": Lever(("off", "on"), ("core", "haproxy")),
    "BALANCE": Lever(("leastconn", "roundrobin", "random"), ("haproxy",)),
    "TASKS": Lever(("queued", "inline"), SHOP),
    "ANALYTICS": Lever(("events", "off"), SHOP),
    "JWT_ALGORITHM": Lever(("HS256", "EdDSA"), (*SHOP, "analytics", "recorder")),
    "HTTPS": Lever(("off", "on"), ("core", "analytics", "haproxy", "board")),
    "LAB": Lever(("on", "off"), ("core", "analytics")),
}
DEFAULTS = {name: lever.choices[0] for name, lever in LEVERS.items()}


def parse(settings: Iterable[str]) -> dict[str, str]:
    """Return {name: value} of texts like `CACHE=off`; raise WrongUsage for an unknown one."""
    values = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if name not in LEVERS:
            raise WrongUsage(f"there is no lever called {name!r}", f"levers: {', '.join(LEVERS)}")
        choices = LEVERS[name].choices
        if not equals:
            raise WrongUsage(f"{name} needs a value", f"--set {name}={'|'.join(choices)}")
        if value not in choices:
            raise WrongUsage(f"{name} cannot be {value!r}", f"choose one: {', '.join(choices)}")
        values[name] = value
    return values


def check_possible(values: dict[str, str]) -> None:
    """Raise Failure for CACHE=near when the Redis of this machine is too old for it."""
    if values["CACHE"] != "near":
        return
    found = programs.redis_version()
    if found < NEAR_SINCE:
        raise Failure(
            f"CACHE=near needs Redis {NEAR_SINCE[0]}.{NEAR_SINCE[1]} or newer,"
            f" this machine has {found[0]}.{found[1]}",
            "choose CACHE=redis, or run the containers: they have Redis 8",
        )


def describe() -> str:
    """Return all levers with their values, as text for a person."""
    return "; ".join(f"{name}={'|'.join(lever.choices)}" for name, lever in LEVERS.items())


def kinds_to_restart(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the kinds of processes that read a lever whose value differs."""
    return {
        kind
        for name, lever in LEVERS.items()
        if before[name] != after[name]
        for kind in lever.read_by
    }
