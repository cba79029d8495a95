"""Postgres: which user runs it as root, a refused password, and memory of the kernel."""

import ctypes
import os
import pwd
import subprocess
import sys
from types import SimpleNamespace

import psycopg
import pytest

from lab.errors import Failure
from lab.stack import postgres
from lab.stack.home import ROOT


def test_to_start_a_process_loads_no_library_for_databases():
    program = "import sys, lab.stack.launch; print('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)

    assert done.stdout == "False\n", done.stderr


def user(name, number):
    return SimpleNamespace(pw_name=name, pw_uid=number)


@pytest.mark.parametrize(
    ("users", "number"),
    [
        ([user("root", 0), user("daemon", 1), user("postgres", 104), user("ann", 1000)], 104),
        ([user("root", 0), user("nobody", 65534), user("ann", 1001)], 1001),
        ([user("root", 0), user("nobody", 65534)], 65534),
    ],
)
def test_root_runs_it_as_a_user_that_has_a_name(monkeypatch, users, number):
    monkeypatch.setattr(pwd, "getpwall", lambda: users)

    assert postgres.ordinary_user() == number


def test_root_maps_itself_to_that_user(monkeypatch):
    users = [user("root", 0), user("postgres", 104)]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwall", lambda: users)
    monkeypatch.setattr(postgres.subprocess, "run", lambda *words, **options: None)

    words = postgres._as_ordinary_user.__wrapped__()

    assert {"--map-user=104", "--map-group=104"} <= set(words)


def test_without_any_other_user_it_says_so(monkeypatch):
    monkeypatch.setattr(pwd, "getpwall", lambda: [user("root", 0)])

    with pytest.raises(Failure, match="no other user"):
        postgres.ordinary_user()


@pytest.mark.parametrize(
    ("message", "is_refused"),
    [
        ('FATAL:  password authentication failed for user "postgres"', True),
        ("FATAL:  the database system is starting up", False),
        ("connection refused", False),
    ],
)
def test_a_wrong_password_is_told_apart_from_not_ready(monkeypatch, message, is_refused):
    def connect(*arguments):
        raise psycopg.OperationalError(message)

    monkeypatch.setattr(postgres, "connect", connect)

    if is_refused:
        with pytest.raises(Failure, match="refuses the password"):
            postgres.is_answering(5432, "wrong")
    else:
        assert not postgres.is_answering(5432, "right")


@pytest.fixture
def segment():
    """(key, number) of a System V segment that no process has attached."""
    libc = ctypes.CDLL(None)
    key = 0x45000000 + os.getpid()
    number = libc.shmget(key, 56, 0o1600)  # IPC_CREAT, and only the owner may use it
    yield key, number
    libc.shmctl(number, 0, None)


def segments():
    return [line.split()[1] for line in open("/proc/sysvipc/shm")]


@pytest.mark.skipif(not os.path.exists("/proc/sysvipc/shm"), reason="needs Linux")
@pytest.mark.parametrize("other", [0, 1])
def test_only_the_segment_that_its_file_names_is_removed(home, segment, other):
    key, number = segment
    cluster = postgres.cluster(home.data / "postgres")
    cluster.mkdir(parents=True)
    lines = ["4000000", str(cluster), "1", "5432", "", "127.0.0.1", f"{key + other:9} {number:9}"]
    (cluster / "postmaster.pid").write_text("\n".join([*lines, "ready   ", ""]))
    assert str(number) in segments()

    postgres.remove_shared_memory(home.data / "postgres")

    assert (str(number) in segments()) == bool(other)
