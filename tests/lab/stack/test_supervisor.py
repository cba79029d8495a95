import os

import pytest

from lab.stack import supervisor


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "LARGEST_LOG", 20)
    return tmp_path / "core-1.log"


def append(path, text):
    """Writes as launch.py opens a log for a process; the open file."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, text)
    return file


def test_a_log_that_is_too_large_begins_anew_and_its_writer_goes_on(log):
    file = append(log, b"an old line\n" * 2)

    supervisor.rotate(log.parent)
    os.write(file, b"a new line\n")
    os.close(file)

    assert log.read_text() == "a new line\n"
    assert log.with_name("core-1.log.1").read_text() == "an old line\n" * 2


def test_a_small_log_stays(log):
    os.close(append(log, b"an old line\n"))

    supervisor.rotate(log.parent)

    assert [path.name for path in log.parent.iterdir()] == ["core-1.log"]


def test_a_log_that_cannot_be_rotated_keeps_no_other_from_it(log):
    os.close(append(log, b"an old line\n" * 2))
    log.with_name("core-1.log.1").mkdir()
    other = log.with_name("relay.log")
    os.close(append(other, b"an old line\n" * 2))

    supervisor.rotate(log.parent)

    assert (log.stat().st_size, other.stat().st_size) == (24, 0)
