"""LEVERS: the choices that an operator really has, what `up` sets them to, and which processes each
one touches."""

from typing import NamedTuple

from lab.errors import Failure, WrongUsage
from lab.stack import programs


class Lever(NamedTuple):
    choices: tuple  # the first is what `up` sets
    touches: tuple  # kinds of processes that read it when they start


NEAR_SINCE = (6, 0)
SHOP = ("core", "worker", "relay")
LEVERS = {
    "CACHE": Lever(("redis", "off", "local", "near"), SHOP),
    "EDGE_CACHE": Lever(("off", "on"), ("core", "haproxy")),
    "BALANCE": Lever(("leastconn", "roundrobin", "random"), ("haproxy",)),
    "TASKS": Lever(("queued", "inline"), SHOP),
    "ANALYTICS": Lever(("events", "off"), SHOP),
    "JWT_ALGORITHM": Lever(("HS256", "EdDSA"), (*SHOP, "analytics", "recorder")),
    "HTTPS": Lever(("off", "on"), ("core", "analytics", "haproxy")),
    "LAB": Lever(("on", "off"), ("core", "analytics")),
}
DEFAULTS = {name: lever.choices[0] for name, lever in LEVERS.items()}


def parse(settings):
    """{name: value} from NAME=VALUE texts; a lever or value that does not exist is refused by
    name."""
    values = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if name not in LEVERS:
            raise WrongUsage(f"there is no lever {name}", f"levers: {', '.join(LEVERS)}")
        if not equals:
            raise WrongUsage(
                f"{name} needs a value", f"--set {name}={'|'.join(LEVERS[name].choices)}"
            )
        if value not in LEVERS[name].choices:
            raise WrongUsage(
                f"{name} cannot be {value!r}", f"choose one: {', '.join(LEVERS[name].choices)}"
            )
        values[name] = value
    return values


def check_possible(values):
    """Refuses what this machine's programs cannot do: CACHE=near needs a Redis that tells its
    clients of changes."""
    if values["CACHE"] != "near":
        return
    found = programs.redis_version()
    if found < NEAR_SINCE:
        raise Failure(
            f"CACHE=near needs Redis {NEAR_SINCE[0]}.{NEAR_SINCE[1]} or newer, this machine has {found[0]}.{found[1]}",
            "choose CACHE=redis, or run the containers: they have Redis 8",
        )


def describe():
    """All levers with their values, for people."""
    return "; ".join(f"{name}={'|'.join(lever.choices)}" for name, lever in LEVERS.items())


def touched(before, after):
    """The kinds of processes that must start again when the levers change from `before` to
    `after`."""
    return {
        kind
        for name, lever in LEVERS.items()
        if before[name] != after[name]
        for kind in lever.touches
    }
