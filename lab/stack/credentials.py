"""Passwords and keys: generated at the first start and kept in a file that only its owner may read.

Uses only the standard library, so that `./escala secrets` works before any package is installed.
"""

import secrets

from lab.stack.home import Home, write_private

# People type these, so they are short (16 digits). Only programs read the others (64 digits).
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


def generate() -> dict[str, str]:
    """Return a new value for every name.

    The values are hexadecimal digits, which need no quoting in URLs, shells and configurations.
    """
    return {name: secrets.token_hex(8 if name in TYPED else 32) for name in NAMES}


def as_lines(values: dict[str, str]) -> str:
    """Return the values as lines of NAME=value, as an env file has them."""
    return "".join(f"{name}={value}\n" for name, value in values.items())


def load(home: Home) -> dict[str, str]:
    """Return the values of this home, and generate and save those that are missing."""
    path = home.secrets / "secrets.env"
    known = (
        dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
    )
    values = generate() | known
    if values != known:
        write_private(path, as_lines(values))
    return values
