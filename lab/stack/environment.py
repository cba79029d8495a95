"""ENVIRONMENT: the variables each process is started with; nothing else of the caller's shell
reaches it.

Only the environment differs between the ways to run: this file and docker/compose.yaml say the same
in two languages.
"""

import os

from lab.stack import credentials
from lab.stack.desired import kind

# What a process may inherit: where programs and temporary files are, language, and the limits that
# a test shortens.
INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR")
LIMITS = {
    "THREADS": "8",
    "WEB_WORKERS": "1",
    "JOB_HEARTBEAT_SECONDS": "2",
    "JOB_SILENT_SECONDS": "15",
    "JOB_ATTEMPTS": "3",
    "RESEND_SECONDS": "10",
    "LOGIN_FAILURES_PER_ACCOUNT": "5",
    "LOGIN_FAILURES_PER_ADDRESS": "20",
    "TASK_SECONDS": "240",
}
PROJECTS = {
    "core": "core",
    "worker": "core",
    "relay": "core",
    "analytics": "analytics",
    "recorder": "analytics",
}


def of_process(home, wanted, name):
    """The whole environment of one process, by its name."""
    if kind(name) == "haproxy":
        return _base() | _haproxy(home, wanted)
    if kind(name) not in PROJECTS:
        return _base()
    variables = of_project(home, wanted, PROJECTS[kind(name)]) | {"INSTANCE": name}
    if port := home.port(name):
        limits = {key: limit(key) for key in LIMITS}
        return variables | limits | {"BIND": f"127.0.0.1:{port}"}
    # Long work in a worker is bounded by its task, not by the limit for one statement of a request.
    return variables | {"DATABASE_STATEMENT_TIMEOUT_MS": "0", "PYTHONUNBUFFERED": "1"}


def of_command(home, wanted, project):
    """The environment of `manage.py PROJECT ...`: as a process, without time limit, and it may set
    the logins."""
    values = credentials.load(home)
    logins = {name: values[name] for name in ("ADMIN_PASSWORD", "CUSTOMER_PASSWORD")}
    return (
        of_project(home, wanted, project)
        | logins
        | {"INSTANCE": "manage", "DATABASE_STATEMENT_TIMEOUT_MS": "0"}
    )


def of_project(home, wanted, project):
    """What every process of `core` or `analytics` is told."""
    values = credentials.load(home)
    limits = {
        key: os.environ[key]
        for key in LIMITS
        if key.startswith(("JOB", "RESEND", "TASK")) and key in os.environ
    }
    return (
        _base()
        | {name: value for name, value in wanted.levers.items() if name != "BALANCE"}
        | limits
        | _tokens(home, wanted, project, values)
        | {
            "DEBUG": "off",
            "SECRET_KEY": values[f"{project.upper()}_SECRET_KEY"],
            "DATABASE_URL": database_url(home, project),
            "CACHE_URL": redis_url(home, "cache"),
            "BROKER_URL": redis_url(home, "broker"),
            "PUBLIC_URL": public_url(home, wanted),
            "STATS_URL": f"http://127.0.0.1:{home.port('stats')}/",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        }
    )


def limit(name):
    """A limit as the caller's shell sets it, or its default."""
    return os.environ.get(name, LIMITS[name])


def public_url(home, wanted):
    """What is typed into the browser."""
    scheme = "https" if wanted.levers["HTTPS"] == "on" else "http"
    return f"{scheme}://127.0.0.1:{home.port('haproxy')}"


def database_url(home, project):
    """The address, with its password, of the database of `core` or `analytics`."""
    password = credentials.load(home)[f"{project.upper()}_DATABASE_PASSWORD"]
    return f"postgres://{project}:{password}@127.0.0.1:{home.port('postgres')}/{project}"


def redis_url(home, name):
    """The address, with its password, of `cache` or `broker`."""
    return f"redis://:{credentials.load(home)[f'{name.upper()}_PASSWORD']}@127.0.0.1:{home.port(name)}/0"


def _base():
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def _tokens(home, wanted, project, values):
    if wanted.levers["JWT_ALGORITHM"] == "HS256":
        return {"JWT_SIGNING_KEY": values["JWT_SIGNING_KEY"]}
    from lab.stack import keys

    private, public = keys.token_keys(home)
    return {"JWT_VERIFYING_KEY": public} | (
        {"JWT_SIGNING_KEY": private} if project == "core" else {}
    )


def _haproxy(home, wanted):
    variables = {
        "FRONT_BIND": f"127.0.0.1:{home.port('haproxy')}",
        "STATS_BIND": f"127.0.0.1:{home.port('stats')}",
        "STATS_PASSWORD": credentials.load(home)["STATS_PASSWORD"],
        "ADMIN_SOCKET": str(home.haproxy_socket),
        "STATE_FILE": str(home.server_state),
        "CORE_PORTS": str(home.port("core-1"))[:-1],
        "ANALYTICS_PORTS": str(home.port("analytics-1"))[:-1],
    } | {name: wanted.levers[name] for name in ("BALANCE", "EDGE_CACHE", "HTTPS")}
    if wanted.levers["HTTPS"] == "on":
        from lab.stack import keys

        variables["TLS_CERT"] = str(keys.certificate(home))
    return variables
