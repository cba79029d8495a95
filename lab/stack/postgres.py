"""Postgres: its programs, the server's files and settings, and a database for each service.

Postgres refuses to run as root. When ./escala runs as root, these commands run as another user.
"""

import functools
import hashlib
import os
import pwd
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lab.errors import Failure
from lab.stack import programs
from lab.stack.home import write_private

# Imported late elsewhere: launch.py imports this module each time that a process starts, and
# psycopg would be more than half of what that takes.
if TYPE_CHECKING:
    import psycopg

SERVICES = ("core", "analytics")
# What the board reads. All else, such as the passwords of users, is closed to it.
BOARD_TABLES = {
    "core": ("orders_order", "orders_outboxevent", "jobs_job"),
    "analytics": ("sales_recordedevent",),
}
BOARD_SETTINGS = {"default_transaction_read_only": "on", "statement_timeout": "500ms"}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": 250,  # 12 instances x 16 threads, workers, relay, recorder, and spare
    "shared_buffers": "64MB",
    "dynamic_shared_memory_type": "mmap",  # files here: a logout may clear those in /dev/shm
    "jit": "off",  # compiling a query takes longer than these queries
}
FOLDERS = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin")
BREW_FOLDERS = ("/opt/homebrew/opt/postgresql@{}/bin", "/usr/local/opt/postgresql@{}/bin")
LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


def command(data: Path, port: int) -> list[str]:
    """Return the command that starts the server on an existing cluster."""
    words = [
        *_as_ordinary_user(),
        str(program("postgres", data)),
        *("-D", str(cluster(data)), "-c", f"port={port}"),
    ]
    for name, value in SETTINGS.items():
        words += ["-c", f"{name}={value}"]
    return words


def cluster(data: Path) -> Path:
    """Return the folder of the server's files.

    It is `data`, or a folder of the user postgres when only that user can run the server.
    """
    if not _is_another_user():
        return data
    name = f"escala-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"
    return Path(pwd.getpwnam("postgres").pw_dir) / name


def create(data: Path, password: str) -> None:
    """Create the server's files unless they exist; `password` is the superuser's."""
    if (cluster(data) / "PG_VERSION").exists():
        return
    password_file = cluster(data).with_name(f".{cluster(data).name}-password")
    words = [
        *_as_ordinary_user(),
        str(program("initdb", data)),
        *("-D", str(cluster(data)), "-U", "postgres", "-A", "scram-sha-256"),
        *(f"--pwfile={password_file}", "-E", "UTF8", "--locale", LOCALE),
    ]
    try:
        write_private(password_file, password)
        if _is_another_user():
            os.chown(password_file, pwd.getpwnam("postgres").pw_uid, -1)
        done = subprocess.run(words, capture_output=True, text=True, cwd="/")
    finally:
        password_file.unlink(missing_ok=True)
    if done.returncode:
        reason = done.stderr.strip()[-300:]
        next_step = "./escala down --wipe, then ./escala up"
        if "could not look up effective user" in reason:
            next_step = "run ./escala as a user who has a name (see /etc/passwd)"
        raise Failure(f"Postgres could not create its files: {reason}", next_step)


def program(name: str, data: Path | None = None) -> Path:
    """Return the path of `initdb` or `postgres`.

    It is of the version that created the cluster in `data`, or of the newest version.
    """
    created_by = data and cluster(data) / "PG_VERSION"
    version = created_by.read_text().strip() if created_by and created_by.exists() else "*"
    patterns = [f"{folder.format(version)}/{name}"[1:] for folder in FOLDERS + BREW_FOLDERS]
    found = [path for pattern in patterns for path in Path("/").glob(pattern)]
    if found:
        return max(
            found, key=lambda path: [int(digits) for digits in re.findall(r"\d+", str(path))]
        )
    return Path(programs.find("postgresql", name))


def connect(
    port: int, user: str, password: str, database: str | None = None
) -> "psycopg.Connection":
    """Open a connection in autocommit mode; the database has the user's name by default."""
    import psycopg

    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=user,
        password=password,
        dbname=database or user,
        autocommit=True,
        connect_timeout=2,
    )


def is_answering(port: int, password: str) -> bool:
    """Return whether the server answers; raise Failure when it refuses the password."""
    import psycopg

    try:
        connect(port, "postgres", password).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" not in str(error):
            return False
        raise Failure(
            "Postgres refuses the password of secrets/secrets.env",
            "restore that file from a backup; or ./escala down --wipe, which removes all data",
        ) from None
    return True


def remove_shared_memory(data: Path) -> None:
    """Remove the System V segment that a killed server left behind; only when no process has it.

    The last line but one of postmaster.pid has the key and the number of the segment.
    """
    try:
        key, number = map(
            int, (cluster(data) / "postmaster.pid").read_text().split("\n")[6].split()
        )
        segments = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    except (OSError, IndexError, ValueError):
        return
    for segment in segments:
        found_key, found, _, _, _, _, users, *_ = map(int, segment.split())
        if (found_key % 2**32, found, users) == (key % 2**32, number, 0):
            subprocess.run(["ipcrm", "-m", str(number)], capture_output=True)


def prepare(
    port: int, password: str, role_passwords: dict[str, str], *, for_tests: bool = False
) -> None:
    """Create a role and a database for each service; no other role can open that database.

    The exception is the role `board`, when it has a password here: see let_board_read(). What
    exists stays. For tests the roles may also create databases, since each suite has its own.
    """
    with connect(port, "postgres", password) as connection:
        for service in SERVICES:
            _set_role(
                connection,
                service,
                role_passwords[service],
                "CREATEDB" if for_tests else "NOCREATEDB",
            )
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [service]
            ).fetchone():
                connection.execute(_statement("CREATE DATABASE {0} OWNER {0}", service))
            connection.execute(_statement("REVOKE CONNECT ON DATABASE {0} FROM PUBLIC", service))
        if "board" in role_passwords:
            _set_role(connection, "board", role_passwords["board"], "NOCREATEDB")
            for name, value in BOARD_SETTINGS.items():
                connection.execute(f"ALTER ROLE board SET {name} = '{value}'")
        if not for_tests:
            connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")


def let_board_read(port: int, password: str) -> None:
    """Let the role `board` read BOARD_TABLES, which exist by now, and nothing else."""
    for service, tables in BOARD_TABLES.items():
        with connect(port, "postgres", password, service) as connection:
            connection.execute(f"GRANT CONNECT ON DATABASE {service} TO board")
            connection.execute(f"GRANT SELECT ON {', '.join(tables)} TO board")


def _set_role(connection: "psycopg.Connection", name: str, password: str, rights: str) -> None:
    from psycopg import sql

    # The statement holds a hash instead of the password: the server logs statements that fail.
    hashed = connection.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        connection.execute(_statement("CREATE ROLE {0}", name))
    statement = sql.SQL("ALTER ROLE {} LOGIN {} PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(name), sql.SQL(rights), sql.Literal(hashed)))


def _statement(text: str, name: str) -> "psycopg.sql.Composed":
    from psycopg import sql

    return sql.SQL(text).format(sql.Identifier(name))


def ordinary_user() -> int:
    """Return the number of a user that has a name: that of `postgres`, or the first one."""
    users = {user.pw_name: user.pw_uid for user in pwd.getpwall() if user.pw_uid}
    if not users:
        raise Failure(
            "Postgres refuses to run as root, and this machine has no other user",
            "create one: useradd --system postgres",
        )
    return users.get("postgres") or min(users.values())


@functools.cache
def _as_ordinary_user() -> list[str]:
    """Return the words that make a command run as an ordinary user; none when we are not root."""
    if os.geteuid() != 0:
        return []
    # In a user namespace the server sees itself as another user, and its files still belong to
    # root: their owner need not change. initdb demands that this user has a name.
    user = ordinary_user()
    namespace = ["unshare", "--user", f"--map-user={user}", f"--map-group={user}"]
    try:
        subprocess.run([*namespace, "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    return namespace


def _is_another_user() -> bool:
    return _as_ordinary_user()[:1] == ["setpriv"]
