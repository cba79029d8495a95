"""ENVIRONMENT: what an operator decides, read from variables and checked by name.

The same code runs as a monolith, on a laptop, in containers and on many machines; only these
variables differ. Without them it is the monolith, with database and secrets in .escala/monolith/.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
MONOLITH = Path(os.environ.get("ESCALA_HOME") or ROOT / ".escala") / "monolith"
SQLITE_OPTIONS = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}


class Variables:
    """The environment; NAME_FILE may name a file with the value of NAME, a secret of an engine.

    The value is not copied into os.environ, because child processes inherit that.
    """

    def __getitem__(self, name: str) -> str:
        path = os.environ.get(f"{name}_FILE")
        try:
            value = Path(path).read_text().strip() if path else os.environ[name]
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(f"{name}_FILE={path} is not readable: {error}.") from None
        if path and not value:
            raise ImproperlyConfigured(f"{name}_FILE={path} is empty.")
        return value


env = environ.Env()
env.ENVIRON = Variables()


def choice(name: str, *allowed: str) -> str:
    """The value of a variable that must be one of `allowed`; the first is the default."""
    value = env.str(name, default=allowed[0])
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value} is not one of {', '.join(allowed)}.")
    return value


def switch(name: str, default: str = "off") -> bool:
    """Whether the variable is `on`; any value but `on` and `off` is refused."""
    return choice(name, default, "on" if default == "off" else "off") == "on"


def limit(name: str, default: int) -> int:
    """The whole number in a variable, at least 1."""
    value = env.int(name, default=default)
    if value < 1:
        raise ImproperlyConfigured(f"{name}={value} is less than 1.")
    return value


def secret(name: str, *, file: str | None = None, length: int = 48) -> str:
    """The secret in a variable; if unset and DEBUG is on, one that is kept in a file."""
    if value := env.str(name, default="").replace("\\n", "\n"):
        return value
    if not switch("DEBUG", "on"):
        raise ImproperlyConfigured(f"{name} is not set. `./escala secrets` prints all secrets.")
    return _generated(MONOLITH / (file or name.lower()), length)


def database(file: str) -> dict:
    """DATABASES of a project: Postgres at DATABASE_URL; if unset, SQLite in .escala/monolith/."""
    if not env.str("DATABASE_URL", default=""):
        MONOLITH.mkdir(parents=True, exist_ok=True)
        sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": MONOLITH / file}
        return {"default": sqlite | {"OPTIONS": SQLITE_OPTIONS | {"timeout": 20}}}
    limits = {
        "statement_timeout": env.int("DATABASE_STATEMENT_TIMEOUT_MS", default=5000),
        "lock_timeout": env.int("DATABASE_LOCK_TIMEOUT_MS", default=3000),
        "idle_in_transaction_session_timeout": env.int("DATABASE_IDLE_TIMEOUT_MS", default=1500),
    }
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    # Each thread keeps its connection and checks it before each request, so that one that died with
    # Postgres fails no request. (With psycopg's pool, requests would wait after an outage.)
    kept = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    connection = {"options": options, "connect_timeout": 2}
    url = env.db("DATABASE_URL", engine="chassis.postgres")
    return {"default": url | {"OPTIONS": url.get("OPTIONS", {}) | connection} | kept}


def static_root(service: str) -> Path | None:
    """Where collectstatic put the service's files; None: they are served from the packages."""
    folder = env.str("STATIC_FILES", default="")
    return Path(folder) / service if folder else None


def _generated(path: Path, length: int) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(length))
    with suppress(FileExistsError):  # another process was first, and its secret counts
        os.link(draft, path)
    draft.unlink()
    return path.read_text()
