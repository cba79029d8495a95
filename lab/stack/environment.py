"""The environment variables of each process; nothing else of the caller's shell reaches it.

The ways to run the shop differ only in their environment: docker/compose.yaml sets the same
variables for containers.
"""

import os
import re

from lab.errors import WrongUsage
from lab.stack import credentials
from lab.stack.desired import DesiredState, kind
from lab.stack.home import Home

# What a process inherits from the shell: where programs and temporary files are, and the language.
INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR")
# The shell may set these too: tests shorten them.
LIMITS = {
    "THREADS": "16",
    "WEB_WORKERS": "1",
    "JOB_HEARTBEAT_SECONDS": "2",
    "JOB_SILENT_SECONDS": "15",
    "JOB_ATTEMPTS": "3",
    "RESEND_SECONDS": "10",
    "LOGIN_FAILURES_PER_ACCOUNT": "5",
    "LOGIN_FAILURES_PER_ADDRESS": "20",
    "TASK_SECONDS": "240",
    "WATCHDOG_SECONDS": "60",
}
FRACTIONS = ("JOB_HEARTBEAT_SECONDS", "JOB_SILENT_SECONDS", "RESEND_SECONDS")
PROJECTS = {
    "core": "core",
    "worker": "core",
    "relay": "core",
    "analytics": "analytics",
    "recorder": "analytics",
}


def of_process(home: Home, state: DesiredState, name: str) -> dict[str, str]:
    """Return the whole environment of the named process."""
    if kind(name) == "haproxy":
        return _base() | _haproxy(home, state)
    if kind(name) not in PROJECTS:
        return _base()
    variables = of_project(home, state, PROJECTS[kind(name)]) | {"INSTANCE": name}
    if home.has_port(name):
        return variables | limits() | {"BIND": f"127.0.0.1:{home.port(name)}"}
    # A worker has a time limit for each task, which may contain longer statements than a request.
    return variables | {"DATABASE_STATEMENT_TIMEOUT_MS": "0", "PYTHONUNBUFFERED": "1"}


def of_command(home: Home, state: DesiredState, project: str) -> dict[str, str]:
    """Return the environment of `manage.py PROJECT ...`.

    It has no time limit for a statement, and holds the passwords of the logins that `seed` creates.
    """
    values = credentials.load(home)
    logins = {name: values[name] for name in ("ADMIN_PASSWORD", "CUSTOMER_PASSWORD")}
    return (
        of_project(home, state, project)
        | logins
        | {"INSTANCE": "manage", "DATABASE_STATEMENT_TIMEOUT_MS": "0"}
    )


def of_project(home: Home, state: DesiredState, project: str) -> dict[str, str]:
    """Return the variables that every process of `core` or `analytics` gets."""
    values = credentials.load(home)
    limits = {
        key: os.environ[key]
        for key in LIMITS
        if key.startswith(("JOB", "RESEND", "TASK", "WATCHDOG")) and key in os.environ
    }
    return (
        _base()
        | {name: value for name, value in state.levers.items() if name != "BALANCE"}
        | limits
        | _tokens(home, state, project, values)
        | {
            "DEBUG": "off",
            "SECRET_KEY": values[f"{project.upper()}_SECRET_KEY"],
            "DATABASE_URL": database_url(home, project),
            "CACHE_URL": redis_url(home, "cache"),
            "BROKER_URL": redis_url(home, "broker"),
            "PUBLIC_URL": public_url(home, state),
            "STATS_URL": f"http://127.0.0.1:{home.port('stats')}/",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        }
    )


def limit(name: str) -> str:
    """Return a limit as the caller's shell sets it, or its default; WrongUsage if it is none."""
    value = os.environ.get(name, LIMITS[name])
    pattern = r"[0-9]{1,4}(\.[0-9]{1,4})?" if name in FRACTIONS else "[0-9]{1,4}"
    if not re.fullmatch(pattern, value) or not float(value):
        number = "number" if name in FRACTIONS else "whole number"
        raise WrongUsage(
            f"{name}={value} is not a {number} from 1 to 9999", f"choose one, or unset {name}"
        )
    return value


def limits() -> dict[str, str]:
    """Return all of them."""
    return {name: limit(name) for name in LIMITS}


def public_url(home: Home, state: DesiredState) -> str:
    """Return the address of the shop, as it is typed into a browser."""
    scheme = "https" if state.levers["HTTPS"] == "on" else "http"
    return f"{scheme}://127.0.0.1:{home.port('haproxy')}"


def database_url(home: Home, project: str) -> str:
    """Return the address, with its password, of the database of `core` or `analytics`."""
    password = credentials.load(home)[f"{project.upper()}_DATABASE_PASSWORD"]
    return f"postgres://{project}:{password}@127.0.0.1:{home.port('postgres')}/{project}"


def redis_url(home: Home, name: str) -> str:
    """Return the address, with its password, of `cache` or `broker`."""
    password = credentials.load(home)[f"{name.upper()}_PASSWORD"]
    return f"redis://:{password}@127.0.0.1:{home.port(name)}/0"


def _base() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def _tokens(
    home: Home, state: DesiredState, project: str, values: dict[str, str]
) -> dict[str, str]:
    if state.levers["JWT_ALGORITHM"] == "HS256":
        return {"JWT_SIGNING_KEY": values["JWT_SIGNING_KEY"]}
    from lab.stack import keys  # imported late: it needs the package cryptography

    private, public = keys.token_keys(home)
    return {"JWT_VERIFYING_KEY": public} | (
        {"JWT_SIGNING_KEY": private} if project == "core" else {}
    )


def _haproxy(home: Home, state: DesiredState) -> dict[str, str]:
    variables = {
        "FRONT_BIND": f"127.0.0.1:{home.port('haproxy')}",
        "STATS_BIND": f"127.0.0.1:{home.port('stats')}",
        "STATS_PASSWORD": credentials.load(home)["STATS_PASSWORD"],
        "ADMIN_SOCKET": str(home.haproxy_socket),
        "STATE_FILE": str(home.server_state),
        "CORE_PORTS": str(home.port("core-1"))[:-1],
        "ANALYTICS_PORTS": str(home.port("analytics-1"))[:-1],
    } | {name: state.levers[name] for name in ("BALANCE", "EDGE_CACHE", "HTTPS")}
    if state.levers["HTTPS"] == "on":
        from lab.stack import keys

        variables["TLS_CERT"] = str(keys.certificate(home))
    return variables
