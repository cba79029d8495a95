import shutil
import subprocess

import pytest
import redis

from lab.polling import wait_until
from lab.stack import environment, readiness, redis_servers
from lab.stack.home import Home
from lab.stack.ports import free_base
from tests.support import refusals


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / 'a "home" of mine', free_base())
    home.create()
    redis_servers.write_config(home, "broker")
    return home


@pytest.fixture
def start(home):
    """Starts the broker, without or after the check of its files; a client of it."""
    servers = []

    def start_broker():
        servers.append(subprocess.Popen(redis_servers.command(home, "broker")))
        assert wait_until(lambda: redis_servers.is_answering(home, "broker"), seconds=10)
        return redis.from_url(environment.redis_url(home, "broker"))

    yield start_broker
    for server in servers:
        server.kill()
        server.wait()


def append(data):
    def damage(folder):
        [path] = folder.glob("*.incr.aof")
        with open(path, "ab") as file:
            file.write(data)

    return damage


def foreign_base(data):
    def damage(folder):
        [path] = folder.glob("*.base.rdb")
        path.write_bytes(data)

    return damage


def damaged_manifest(folder):
    [path] = folder.glob("*.manifest")
    path.write_text("no manifest\n")


def lost_base(folder):
    [path] = folder.glob("*.base.rdb")
    path.unlink()


UNREADABLE = {
    "zero bytes at its end": append(bytes(12)),
    "rubbish at its end": append(b"\xff\x00rubbish"),
    "a command of another version": append(b"*1\r\n$11\r\nNOSUCHWORDS\r\n"),
    "a base of a newer version": foreign_base(b"REDIS9999" + bytes(40)),
    "a base of another program": foreign_base(b"VALKEY080" + bytes(40)),
    "no base": lost_base,
    "a damaged manifest": damaged_manifest,
}
READABLE = {"intact files": lambda folder: None, "a cut end": append(b"*3\r\n$3\r\nSET\r\n$3\r\nk")}


@pytest.fixture
def files(home, start):
    """The folder of the files of a broker that had one message and was killed."""
    broker = start()
    broker.set("message", "1")
    broker.connection_pool.disconnect()
    broker.execute_command("CONFIG", "SET", "appendfsync", "always")
    with pytest.raises(redis.ConnectionError):
        broker.shutdown(nosave=True, now=True, force=True)
        broker.ping()
    return home.data / "broker" / "appendonlydir"


@pytest.mark.parametrize("damage", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_files_of_the_broker_are_set_aside_and_it_starts_empty(
    home, start, files, damage, capfd
):
    damage(files)

    redis_servers.set_unreadable_files_aside(home)

    assert not files.exists() and redis_servers.unreadable_files(home).exists()
    assert start().get("message") is None
    assert "cannot read its files" in capfd.readouterr().out
    assert str(redis_servers.unreadable_files(home)) in " ".join(readiness.notes(home))


@pytest.mark.parametrize("damage", READABLE.values(), ids=READABLE.keys())
def test_files_that_the_broker_can_read_stay(home, start, files, damage):
    damage(files)

    redis_servers.set_unreadable_files_aside(home)

    assert start().get("message") == b"1"
    assert not list(readiness.notes(home))


@pytest.mark.parametrize(
    "refusal", refusals.REFUSALS[:4], ids=[refusal.error for refusal in refusals.REFUSALS[:4]]
)
def test_a_refusing_broker_is_a_problem_and_answers(home, start, refusal):
    broker = start()
    assert not [text for text in readiness.problems(home) if "broker" in text]
    shutil.rmtree(home.data / "broker")

    refusals.begin(broker, refusal)

    assert redis_servers.is_answering(home, "broker")
    assert redis_servers.refusal(home, "broker") == refusal.error
    assert any(refusal.error in text for text in readiness.problems(home))


def test_a_full_disk_is_a_problem(home, monkeypatch):
    usage = shutil.disk_usage(home.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=49_000_000))

    assert "49 MB are free" in next(readiness.problems(home))
    with pytest.raises(readiness.Failure, match="is full"):
        readiness.check_disk(home)
