"""The Postgres and the two Redis of a test run, on free ports and for that run alone."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from lab import console
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import (
    credentials,
    environment,
    ports,
    postgres,
    process_tree,
    processes,
    readiness,
    redis_servers,
)
from lab.stack.home import Home

Variables = dict[str, str]

SERVERS = ("postgres", "cache", "broker")
# A test needs no row after the machine has crashed.
WITHOUT_THE_DISK = ("-c", "fsync=off", "-c", "full_page_writes=off")


@contextmanager
def servers(niceness: int = 0) -> Iterator[Variables]:
    """Yield the addresses of a Postgres and two Redis, which end with the block or on SIGTERM.

    The higher their niceness, the more they give way to other processes (0 to 19).
    """
    with tempfile.TemporaryDirectory(prefix="escala-test-") as folder:
        home = Home(folder, ports.free_base())
        home.create()
        started: list[subprocess.Popen[bytes]] = []

        def end() -> None:
            for process in started:
                process_tree.end(process_tree.tree_of(process.pid))
                process.wait()
            # The cluster may be outside the home, see postgres.cluster().
            shutil.rmtree(postgres.cluster(home.data / "postgres"), ignore_errors=True)

        with process_tree.cleanup_on_exit(end):
            with console.step("Postgres and two Redis for the tests"):
                _start(home, started, niceness)
            yield _variables(home)


def _start(home: Home, started: list[subprocess.Popen[bytes]], niceness: int) -> None:
    values = credentials.load(home)
    postgres.create(home.data / "postgres", values["POSTGRES_PASSWORD"])
    for name in SERVERS:
        if name != "postgres":
            redis_servers.write_config(home, name)
        command = ["nice", "-n", str(niceness), *processes.command(home, name)]
        if name == "postgres":
            command += WITHOUT_THE_DISK
        with open(home.log(name), "w") as log:
            started.append(
                subprocess.Popen(command, stdout=log, stderr=log, cwd="/", start_new_session=True)
            )
    if not wait_until(lambda: all(readiness.is_ready(home, name) for name in SERVERS), seconds=30):
        missing = next(name for name in SERVERS if not readiness.is_ready(home, name))
        raise Failure(
            f"{missing} for the tests was not ready within 30 s",
            "see the log",
            log=home.log(missing),
        )
    passwords = {
        service: values[f"{service.upper()}_DATABASE_PASSWORD"] for service in postgres.SERVICES
    }
    postgres.prepare(home.port("postgres"), values["POSTGRES_PASSWORD"], passwords, for_tests=True)


def _variables(home: Home) -> Variables:
    return {
        "DATABASE_URL_CORE_API": environment.database_url(home, "core"),
        "DATABASE_URL_ANALYTICS_API": environment.database_url(home, "analytics"),
        "CACHE_URL": environment.redis_url(home, "cache"),
        "BROKER_URL": environment.redis_url(home, "broker"),
        "CACHE": "redis",
        # After a test, one statement checks the foreign keys of all its rows.
        "DATABASE_STATEMENT_TIMEOUT_MS": "60000",
        "DATABASE_IDLE_TIMEOUT_MS": "0",  # a test may hold its transaction open for long
    }
