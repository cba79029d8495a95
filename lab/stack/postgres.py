"""POSTGRES, the server: its program, its files, and the ordinary user that it insists on running
as."""

import functools
import hashlib
import os
import pwd
import re
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from lab.errors import Failure
from lab.stack import programs
from lab.stack.home import write_private

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": 150,  # 12 instances x 8 threads, workers, relay, recorder, and some for people
    "shared_buffers": "64MB",
    "jit": "off",  # compiling a query costs more than these queries take
}
PLACES = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin")
BREW_PLACES = ("/opt/homebrew/opt/postgresql@{}/bin", "/usr/local/opt/postgresql@{}/bin")
LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


def command(data, port):
    """The words that start the server on an existing cluster."""
    words = [
        *_as_ordinary_user(),
        str(program("postgres", data)),
        "-D",
        str(cluster(data)),
        "-c",
        f"port={port}",
    ]
    for name, value in SETTINGS.items():
        words += ["-c", f"{name}={value}"]
    return words


def cluster(data):
    """Where the files are: `data`, or a folder of the postgres user when only that user can run the
    server."""
    if not _is_another_user():
        return data
    name = f"escala-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"
    return Path(pwd.getpwnam("postgres").pw_dir) / name


def create(data, password):
    """Makes the cluster; does nothing when it is there. `password` is that of the superuser,
    postgres."""
    if (cluster(data) / "PG_VERSION").exists():
        return
    password_file = cluster(data).with_name(f".{cluster(data).name}-password")
    words = [
        *_as_ordinary_user(),
        str(program("initdb", data)),
        "-D",
        str(cluster(data)),
        "-U",
        "postgres",
    ]
    words += ["-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8", "--locale", LOCALE]
    try:
        write_private(password_file, password)
        if _is_another_user():
            os.chown(password_file, pwd.getpwnam("postgres").pw_uid, -1)
        done = subprocess.run(words, capture_output=True, text=True, cwd="/")
    finally:
        password_file.unlink(missing_ok=True)
    if done.returncode:
        reason = done.stderr.strip()[-300:]
        raise Failure(
            f"Postgres could not make its files: {reason}", "./escala down --wipe, then ./escala up"
        )


@functools.cache
def _as_ordinary_user():
    """The words that let a command run as somebody else than root, whom Postgres refuses; none when
    we are not root."""
    if os.geteuid() != 0:
        return []
    # In a user namespace of its own it believes to be user 1000 and still owns root's files: no
    # folder changes hands.
    namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    try:
        subprocess.run([*namespace, "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    return namespace


def _is_another_user():
    return _as_ordinary_user()[:1] == ["setpriv"]


def program(name, data=None):
    """The path of initdb or postgres: of the version that made the cluster, else of the newest."""
    made_by = data and cluster(data) / "PG_VERSION"
    version = made_by.read_text().strip() if made_by and made_by.exists() else "*"
    patterns = [f"{place.format(version)}/{name}"[1:] for place in PLACES + BREW_PLACES]
    found = [path for pattern in patterns for path in Path("/").glob(pattern)]
    if found:
        return max(
            found, key=lambda path: [int(digits) for digits in re.findall(r"\d+", str(path))]
        )
    return programs.find("postgresql", name)


SERVICES = ("core", "analytics")


def connect(port, user, password, database=None):
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=user,
        password=password,
        dbname=database or user,
        autocommit=True,
        connect_timeout=2,
    )


def answers(port, password):
    """Whether our own server answers: a stranger's on the same port would not know the password."""
    try:
        connect(port, "postgres", password).close()
    except psycopg.OperationalError:
        return False
    return True


def prepare(port, password, service_passwords, *, for_tests=False):
    """One role and one database for each service, which no other role can open. Again changes
    nothing.

    For tests the roles may also create databases, since each test suite makes its own.
    """
    with connect(port, "postgres", password) as connection:
        for service in SERVICES:
            _set_role(
                connection,
                service,
                service_passwords[service],
                "CREATEDB" if for_tests else "NOCREATEDB",
            )
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [service]
            ).fetchone():
                connection.execute(_statement("CREATE DATABASE {0} OWNER {0}", service))
            connection.execute(_statement("REVOKE CONNECT ON DATABASE {0} FROM PUBLIC", service))
        if not for_tests:
            connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")


def _set_role(connection, name, password, rights):
    # Only the scrambled form travels: a failing statement is written to the server's log, with the
    # password in it.
    scrambled = connection.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        connection.execute(_statement("CREATE ROLE {0}", name))
    statement = sql.SQL("ALTER ROLE {} LOGIN {} PASSWORD {}")
    connection.execute(
        statement.format(sql.Identifier(name), sql.SQL(rights), sql.Literal(scrambled))
    )


def _statement(text, name):
    return sql.SQL(text).format(sql.Identifier(name))
