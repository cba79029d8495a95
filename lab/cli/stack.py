"""Commands that start, change, show and end a system."""

from lab.cli import YES, Group, answer, done, option
from lab.stack import levers
from lab.stack.home import only_one

GROUP = Group()


@GROUP.command(
    "setup",
    "install what is missing: Python packages, HAProxy, Postgres, Redis, wrk; asks before sudo",
    YES,
)
def setup(home, arguments):
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
    "start everything, or change what runs to what is asked; wait until healthy",
    option("--replicas", type=int, metavar="N", help="instances of core_api, 1 to 8 (first: 2)"),
    option("--workers", type=int, metavar="N", help="workers for long tasks, 1 to 4 (first: 1)"),
    option(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"a lever: {levers.describe()}",
    ),
    YES,
)
def up(home, arguments):
    from lab.stack import status, up

    with only_one(home, "up"):
        up.up(
            home,
            replicas=arguments.replicas,
            workers=arguments.workers,
            settings=arguments.set,
        )
        document = status.status(home)
    return answer(arguments, document, status.welcome(document))


@GROUP.command("secrets", "print a fresh set of secrets for containers, as KEY=value lines")
def secrets(home, arguments):
    from lab.stack import credentials

    values = credentials.generate()
    return answer(arguments, values, credentials.as_lines(values).rstrip())


@GROUP.command("status", "what runs, how HAProxy sees it, addresses and logins")
def status(home, arguments):
    from lab.stack import status

    document = status.status(home)
    return answer(arguments, document, status.as_text(document), document["healthy"])


@GROUP.command(
    "scale",
    "more or fewer instances, without a failed request",
    option(
        "group",
        nargs="?",
        default="core",
        choices=("core", "analytics"),
        help="core when not given",
    ),
    option("number", type=int, metavar="N", help="core: 1 to 8; analytics: 1 to 4"),
)
def scale(home, arguments):
    from lab.stack import scale

    with only_one(home, "scale"):
        scale.scale(home, arguments.group, arguments.number)
    return done(arguments, f"{arguments.group}: {arguments.number}")


@GROUP.command(
    "workers",
    "more or fewer workers for long tasks",
    option("number", type=int, metavar="N", help="1 to 4"),
)
def workers(home, arguments):
    from lab.stack import scale

    with only_one(home, "workers"):
        scale.scale(home, "worker", arguments.number)
    return done(arguments, f"workers: {arguments.number}")


@GROUP.command(
    "rolling-restart",
    "restart every service, one process after the other, without a failed request",
)
def rolling_restart(home, arguments):
    from lab.stack import scale

    with only_one(home, "rolling-restart"):
        scale.rolling_restart(home)
    return done(arguments, "every service was restarted")


@GROUP.command(
    "logs",
    "the last lines of one process's log, or of all",
    option("name", nargs="?", metavar="NAME"),
    option("--follow", "-f", action="store_true", help="go on showing new lines"),
    reports=False,
)
def logs(home, arguments):
    from lab.stack import status

    status.show_logs(home, arguments.name, follow=arguments.follow)


@GROUP.command(
    "down",
    "end everything",
    option("--wipe", action="store_true", help="also remove data, logs and secrets"),
)
def down(home, arguments):
    from lab.stack import down

    with only_one(home, "down", patience=10):
        down.down(home, wipe=arguments.wipe)
    return done(arguments, f"nothing of {home.folder} runs any more")
