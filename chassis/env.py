"""ENVIRONMENT: what an operator decides, read from variables and checked by name.

The same code runs as a monolith, on a laptop, in containers and on many machines: only these
variables differ. With nothing set it is the monolith, whose database and secrets lie in
.escala/monolith/.
"""

import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
MONOLITH = Path(os.environ.get("ESCALA_HOME") or ROOT / ".escala") / "monolith"
env = environ.Env()


def choice(name, *allowed):
    """The value of a variable that must be one of `allowed`; the first is the default."""
    value = env.str(name, default=allowed[0])
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value} is not one of {', '.join(allowed)}.")
    return value


def switch(name, default="off"):
    """True when the variable is `on`, False when it is `off`; anything else is refused."""
    return choice(name, default, "on" if default == "off" else "off") == "on"


def limit(name, default):
    """The whole number in a variable, at least 1."""
    value = env.int(name, default=default)
    if value < 1:
        raise ImproperlyConfigured(f"{name}={value} is less than 1.")
    return value


def secret(name, *, file=None, length=48):
    """The secret in a variable; with DEBUG on and none set, `length` random bytes kept in a file of
    mode 600."""
    value = env.str(name, default="").replace("\\n", "\n")
    if value:
        return value
    if not switch("DEBUG", "on"):
        raise ImproperlyConfigured(
            f"{name} is not set: a secret has no default. `./escala secrets` prints a set."
        )
    return _generated(MONOLITH / (file or name.lower()), length)


def database(file):
    """The DATABASES of a project: Postgres from DATABASE_URL, or SQLite in .escala/monolith/ when
    it is not set."""
    if not env.str("DATABASE_URL", default=""):
        MONOLITH.mkdir(parents=True, exist_ok=True)
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL",
        }
        return {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": MONOLITH / file,
                "OPTIONS": options,
            }
        }
    limits = {
        "statement_timeout": env.int("DATABASE_STATEMENT_TIMEOUT_MS", default=5000),
        "lock_timeout": env.int("DATABASE_LOCK_TIMEOUT_MS", default=3000),
        "idle_in_transaction_session_timeout": env.int("DATABASE_IDLE_TIMEOUT_MS", default=1500),
    }
    options = {
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        "connect_timeout": 2,
    }
    # Each thread keeps its connection, and looks at it before each request: one that died with
    # Postgres fails none. (psycopg's pool was tried: it waits a second for each further dead
    # connection, and 8 s more after an outage.)
    kept = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    return {"default": env.db("DATABASE_URL") | {"OPTIONS": options} | kept}


def static_root(service):
    """Where collectstatic put the service's files (STATIC_FILES/service), or None: served from the
    packages."""
    folder = env.str("STATIC_FILES", default="")
    return Path(folder) / service if folder else None


def _generated(path, length):
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(length))
    try:
        os.link(draft, path)  # fails when another process was first: then its secret is the one
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
