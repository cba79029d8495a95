"""SECRETS: generated at the first start, kept in files of mode 600, told to nobody but the process
that needs them.

Uses nothing but the standard library, so that `./escala secrets` works where nothing is installed.
"""

import secrets as randomness

from lab.stack.home import write_private

# Typed by people: short enough to type, too long to guess. All others are never seen.
TYPED = ("ADMIN_PASSWORD", "CUSTOMER_PASSWORD", "STATS_PASSWORD")
NAMES = (
    "ADMIN_PASSWORD",
    "CUSTOMER_PASSWORD",
    "CORE_SECRET_KEY",
    "ANALYTICS_SECRET_KEY",
    "JWT_SIGNING_KEY",
    "POSTGRES_PASSWORD",
    "CORE_DATABASE_PASSWORD",
    "ANALYTICS_DATABASE_PASSWORD",
    "CACHE_PASSWORD",
    "BROKER_PASSWORD",
    "STATS_PASSWORD",
)


def generate():
    """A fresh set. Only hexadecimal digits: safe in URLs, shells, configuration files and env
    files."""
    return {name: randomness.token_hex(8 if name in TYPED else 32) for name in NAMES}


def as_lines(values):
    return "".join(f"{name}={value}\n" for name, value in values.items())


def load(home):
    """This home's set; made at the first call, completed when a newer version needs one more."""
    path = home.secrets / "secrets.env"
    known = (
        dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
    )
    values = generate() | known
    if values != known:
        write_private(path, as_lines(values))
    return values
