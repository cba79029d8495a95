"""docker/migrated.py: a container waits for the migrations of its release, and for nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.polling import wait_until
from lab.stack.home import ROOT

WAITING = "waiting for the migrations of core_api: "


@pytest.fixture
def run(tmp_path):
    """Starts a command in the environment of a monolith that has no database yet."""
    started = []

    def run(*words, **variables):
        log = tmp_path / f"log-{len(started)}"
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {"PATH": path, "ESCALA_HOME": str(tmp_path), **variables}
        with open(log, "w") as output:
            process = subprocess.Popen(
                words, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        started.append(process)
        process.said = log.read_text
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_the_command_starts_when_the_migrations_have_been_applied(run):
    waiting = run("docker/migrated.py", "core_api", "echo", "started with", "two words")
    assert wait_until(lambda: waiting.said().count(WAITING) >= 2, seconds=60)
    assert waiting.said() == f"{WAITING}not applied yet\n" * waiting.said().count("\n")

    migrate = run("python", "manage.py", "core_api", "migrate", "--verbosity", "0")
    assert migrate.wait(120) == 0

    assert waiting.wait(60) == 0
    assert waiting.said().splitlines()[-1] == "started with two words"


def test_a_database_that_is_not_there_is_waited_for_and_named(run):
    address = "postgres://core:secret@127.0.0.1:1/core"
    waiting = run("docker/migrated.py", "core_api", "echo", DATABASE_URL=address)

    assert wait_until(lambda: "Connection refused" in waiting.said(), seconds=60)
    assert waiting.poll() is None
    assert "secret" not in waiting.said()


def test_a_wrong_setting_ends_it_at_once_with_one_line(run):
    ended = run("docker/migrated.py", "core_api", "echo", DEBUG="off", SECRET_KEY="s" * 50)

    assert ended.wait(60) == 2
    assert ended.said().startswith("core_api: JWT_SIGNING_KEY is not set.")
    assert len(ended.said().splitlines()) == 1


def test_it_ends_when_its_container_is_stopped(run):
    waiting = run("docker/migrated.py", "core_api", "echo")
    assert wait_until(lambda: WAITING in waiting.said(), seconds=60)

    waiting.send_signal(signal.SIGTERM)

    assert waiting.wait(30) == 143
