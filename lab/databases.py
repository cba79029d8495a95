"""DATABASES: one database and one role for each service in the one Postgres server.

A service can open its own database and no other: sharing a server is not sharing data.
"""

import psycopg
from psycopg import sql

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
