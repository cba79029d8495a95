"""Commands that start, change, show and end a system."""

import argparse
import os
from typing import NoReturn

from lab import console
from lab.cli import YES, Group, answer, done, option
from lab.stack import levers
from lab.stack.home import Home, locked

GROUP = Group()


@GROUP.command(
    "setup",
    "install what is missing: Python packages, HAProxy, Postgres, Redis, wrk; asks before sudo",
    YES,
)
def setup(home: Home, arguments: argparse.Namespace) -> int:
    # The script `escala` has installed everything by now. This checks it.
    from lab.stack import postgres, programs

    found = {
        "haproxy": programs.find("haproxy", "haproxy"),
        "postgres": str(postgres.program("postgres")),
        "redis": programs.find("redis-server", "redis-server", "valkey-server"),
        "wrk": programs.find("wrk", "wrk"),
    }
    lines = [f"{name:<10}{path}" for name, path in found.items()]
    text = "\n".join([*lines, "Everything is installed. Next: ./escala up"])
    return answer(arguments, {"programs": found}, text)


@GROUP.command(
    "up",
    "start the system or change it; wait until it is healthy",
    option("--replicas", type=int, metavar="N", help="instances of core_api, 1 to 8 (at first 2)"),
    option("--workers", type=int, metavar="N", help="workers for long tasks, 1 to 4 (at first 1)"),
    option(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"set a lever (the first value is the default): {levers.describe()}",
    ),
    YES,
)
def up(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import status, up

    with locked(home, "up"):
        up.up(
            home,
            replicas=arguments.replicas,
            workers=arguments.workers,
            settings=arguments.set,
            board=os.environ.get("BOARD") != "off",  # experiments and tests say so
        )
        document = status.status(home)
    return answer(arguments, document, status.welcome(document))


@GROUP.command(
    "secrets",
    "print new secrets for the containers",
    option(
        "--for",
        dest="engine",
        default="compose",
        choices=("compose", "swarm", "kubernetes"),
        help="lines NAME=value for Compose (default), a shell script for Swarm, or manifests",
    ),
)
def secrets(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import credentials

    values = credentials.generate()
    if arguments.engine == "compose":
        return answer(arguments, values, credentials.as_lines(values).rstrip())
    values = credentials.of_cluster(values)
    as_text = {"swarm": credentials.as_swarm, "kubernetes": credentials.as_kubernetes}
    return answer(arguments, values, as_text[arguments.engine](values).rstrip())


@GROUP.command("status", "show processes, HAProxy's view, addresses and logins")
def status(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import status

    document = status.status(home)
    return answer(arguments, document, status.as_text(document), document["healthy"])


@GROUP.command(
    "scale",
    "change the number of instances; no request fails",
    option(
        "group",
        nargs="?",
        default="core",
        choices=("core", "analytics"),
        help="which service (default: core)",
    ),
    option("number", type=int, metavar="N", help="core: 1 to 8; analytics: 1 to 4"),
)
def scale(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import scale

    with locked(home, "scale"):
        scale.scale(home, arguments.group, arguments.number)
    return done(arguments, f"{console.count(arguments.number, 'instance')} of {arguments.group}")


@GROUP.command(
    "workers",
    "change the number of workers for long tasks",
    option("number", type=int, metavar="N", help="1 to 4"),
)
def workers(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import scale

    with locked(home, "workers"):
        scale.scale(home, "worker", arguments.number)
    return done(arguments, f"{console.count(arguments.number, 'worker')} for long tasks")


@GROUP.command(
    "rolling-restart",
    "restart all services one by one; no request fails",
)
def rolling_restart(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import scale

    with locked(home, "rolling-restart"):
        scale.rolling_restart(home)
    return done(arguments, "the services were restarted")


@GROUP.command(
    "logs",
    "print the last lines of one log, or of all logs",
    option("name", nargs="?", metavar="NAME", help="a process, or supervisor"),
    option("--follow", "-f", action="store_true", help="keep printing new lines"),
    reports=False,
)
def logs(home: Home, arguments: argparse.Namespace) -> NoReturn:
    from lab.stack import status

    status.show_logs(home, arguments.name, follow=arguments.follow)


@GROUP.command(
    "trace",
    "show one request, order or job as a timeline, from all logs and rows",
    option("id", metavar="ID", help="of a request (X-Request-ID), an order, an event or a job"),
)
def trace(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack.tracing import timeline

    document = timeline.trace(home, arguments.id)
    return answer(arguments, document, timeline.as_text(document))


@GROUP.command(
    "down",
    "stop the whole system",
    option("--wipe", action="store_true", help="also remove its data, logs and secrets"),
)
def down(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import down

    with locked(home, "down", patience=10):
        removed = down.down(home, wipe=arguments.wipe)
    text = f"the system in {home.folder} is stopped"
    if removed:
        text += f"; removed: {', '.join(removed)}"
    return done(arguments, text)
