"""Passwords and keys: generated at the first start and kept in a file that only its owner may read.

Uses only the standard library, so that `./escala secrets` works before any package is installed.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path

from lab.errors import Failure
from lab.stack.home import Home, write_private

# People type these, so they are short (16 digits). Only programs read the others (64 digits).
TYPED = ("ADMIN_PASSWORD", "CUSTOMER_PASSWORD", "STATS_PASSWORD")
# The board runs on the laptop alone. Its token is part of an address, which a person may type.
OF_BOARD = ("BOARD_TOKEN", "BOARD_DATABASE_PASSWORD")
BYTES = dict.fromkeys(TYPED, 8) | {"BOARD_TOKEN": 16}  # all others: 32
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
# The secrets of several machines: a whole address is a secret there, since it has a password.
# Somebody with a database elsewhere replaces that address.
ADDRESSES = {
    "CORE_DATABASE_URL": "postgres://core:{CORE_DATABASE_PASSWORD}@postgres:5432/core",
    "ANALYTICS_DATABASE_URL": (
        "postgres://analytics:{ANALYTICS_DATABASE_PASSWORD}@postgres:5432/analytics"
    ),
    "CACHE_URL": "redis://:{CACHE_PASSWORD}@cache:6379/0",
    "BROKER_URL": "redis://:{BROKER_PASSWORD}@broker:6379/0",
}
OF_CLUSTER = (*NAMES, *ADDRESSES)
# The Secrets of docker/kubernetes: who gets one has its variables, and no others.
OF_SERVICES = ("BROKER_URL", "JWT_SIGNING_KEY")
KUBERNETES = {
    "core": {
        "SECRET_KEY": "CORE_SECRET_KEY",
        "DATABASE_URL": "CORE_DATABASE_URL",
        "CACHE_URL": "CACHE_URL",
    }
    | {name: name for name in OF_SERVICES},
    "analytics": {
        "SECRET_KEY": "ANALYTICS_SECRET_KEY",
        "DATABASE_URL": "ANALYTICS_DATABASE_URL",
    }
    | {name: name for name in OF_SERVICES},
    "logins": {name: name for name in ("ADMIN_PASSWORD", "CUSTOMER_PASSWORD")},
    "haproxy": {"STATS_PASSWORD": "STATS_PASSWORD"},
    "postgres": {
        name: name
        for name in ("POSTGRES_PASSWORD", "CORE_DATABASE_PASSWORD", "ANALYTICS_DATABASE_PASSWORD")
    },
    "cache": {"CACHE_PASSWORD": "CACHE_PASSWORD"},
    "broker": {"BROKER_PASSWORD": "BROKER_PASSWORD"},
}


def generate(names: Iterable[str] = NAMES) -> dict[str, str]:
    """Return a new value for every name.

    The values are hexadecimal digits, which need no quoting in URLs, shells and configurations.
    """
    return {name: secrets.token_hex(BYTES.get(name, 32)) for name in names}


def as_lines(values: dict[str, str]) -> str:
    """Return the values as lines of NAME=value, as an env file has them."""
    return "".join(f"{name}={value}\n" for name, value in values.items())


def of_cluster(values: dict[str, str]) -> dict[str, str]:
    """Return the values of OF_CLUSTER: those of NAMES, and the addresses with their passwords."""
    return values | {name: text.format(**values) for name, text in ADDRESSES.items()}


def as_swarm(values: dict[str, str]) -> str:
    """Return a shell script that creates the secrets of docker/stack.yaml, or stops at the first.

    `printf` is built into the shell, so no value is an argument that `ps` would show.
    """
    create = "printf %s '{value}' | docker secret create escala_{name} - >/dev/null\n"
    lines = (create.format(name=name.lower(), value=value) for name, value in values.items())
    return "set -e\n" + "".join(lines)


def as_kubernetes(values: dict[str, str]) -> str:
    """Return the manifests of the Secrets of docker/kubernetes, for `kubectl create`.

    Not for `kubectl apply`, which would replace them, and would keep a readable copy.
    """
    manifests = []
    for secret, variables in KUBERNETES.items():
        lines = "".join(f'  {name}: "{values[of]}"\n' for name, of in variables.items())
        manifests.append(
            "apiVersion: v1\nkind: Secret\n"
            f"metadata: {{ name: {secret}, namespace: escala }}\nstringData:\n{lines}"
        )
    return "---\n".join(manifests)


def load(home: Home) -> dict[str, str]:
    """Return the values of this home, and generate and save those that are missing.

    A file of an older version lacks names and is completed. Raise Failure when the file is damaged
    or lost and a database exists, because new passwords do not open it.
    """
    path = home.secrets / "secrets.env"
    known, whole = _read(path)
    missing = [name for name in (*OF_BOARD, *NAMES) if name not in known]
    if missing:
        if not whole or "POSTGRES_PASSWORD" in missing:
            _check_no_database(home, path, missing)
        known |= generate(missing)
        write_private(path, as_lines(known))
    return known


def _read(path: Path) -> tuple[dict[str, str], bool]:
    """Return the values of the file, and whether every line of it is whole.

    After a power cut it may be empty, or end within a line.
    """
    if not path.exists():
        return {}, False
    lines = path.read_text(errors="replace").splitlines(keepends=True)
    pairs = [line.rstrip("\n").partition("=") for line in lines if line.endswith("\n")]
    values = {name: value for name, _, value in pairs if value}
    return values, bool(values) and len(values) == len(lines)


def _check_no_database(home: Home, path: Path, missing: list[str]) -> None:
    from lab.stack import postgres  # imported late: it needs packages, and `secrets` does not

    database = postgres.cluster(home.data / "postgres")
    if (database / "PG_VERSION").exists():
        raise Failure(
            f"{path} is damaged or lost ({len(missing)} values are missing, such as {missing[-1]}),"
            f" and it has the passwords of the database in {database}",
            "restore that file from a backup; or ./escala down --wipe, which removes all data",
        )
