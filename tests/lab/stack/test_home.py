import errno
import json
import os
import stat
from pathlib import Path

import pytest

from lab.errors import WrongUsage
from lab.stack.home import Home, write_private


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_every_port_follows_the_base(home):
    names = (
        "haproxy",
        "stats",
        "core-1",
        "core-8",
        "analytics-1",
        "analytics-4",
        "postgres",
        "cache",
        "broker",
    )

    assert [home.port(name) for name in names] == [
        9080,
        9404,
        9101,
        9108,
        9201,
        9204,
        9032,
        9079,
        9078,
    ]
    assert all(home.has_port(name) for name in names)
    assert not home.has_port("worker-1")
    assert not home.has_port("relay")


def test_the_environment_moves_the_folder_and_the_ports(tmp_path, monkeypatch):
    monkeypatch.setenv("ESCALA_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("ESCALA_PORT_BASE", "12000")

    home = Home()

    assert home.folder == tmp_path / "elsewhere"
    assert home.port("haproxy") == 12080


def test_later_commands_find_the_ports_that_up_was_given(home):
    (home.config / "system.json").write_text(json.dumps({"port_base": 15000}))

    assert Home(home.folder).port_base == 15000


@pytest.mark.parametrize("base", ["x", "80", "8005", "70000"])
def test_a_port_base_that_cannot_be_is_refused(base, monkeypatch):
    monkeypatch.setenv("ESCALA_PORT_BASE", base)

    with pytest.raises(WrongUsage, match=base):
        Home()


def test_a_private_file_is_on_the_disk_before_it_has_its_name(home, monkeypatch):
    steps = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda file: steps.append("fsync") or fsync(file))
    monkeypatch.setattr(
        Path, "replace", lambda draft, path: steps.append("rename") or replace(draft, path)
    )

    write_private(home.secrets / "one", "text")

    assert steps == ["fsync", "rename", "fsync"]  # the file, its name, and the folder


def test_a_private_file_that_cannot_be_written_leaves_the_old_one_and_no_draft(home, monkeypatch):
    path = home.secrets / "one"
    write_private(path, "old")

    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(path, "new")

    assert path.read_text() == "old"
    assert list(home.secrets.iterdir()) == [path]


@pytest.mark.parametrize("name", ["two\nlines", "a\ttab", "\x1b[31m", "\udcff"])
def test_a_home_whose_name_no_configuration_can_hold_is_refused(name, tmp_path):
    with pytest.raises(WrongUsage, match="ESCALA_HOME"):
        Home(tmp_path / name)


def test_only_the_owner_may_enter_a_home(home):
    assert {
        mode(folder) for folder in (home.folder, home.secrets, home.run, home.config, home.data)
    } == {0o700}


def test_a_private_file_is_private_from_its_first_byte(home):
    path = home.secrets / "one"
    path.write_text("old and open")
    path.chmod(0o644)

    write_private(path, "new")

    assert path.read_text() == "new"
    assert mode(path) == 0o600


def test_sockets_of_a_deep_home_go_where_their_path_is_short_enough(tmp_path, monkeypatch):
    deep = Home(tmp_path / ("d" * 120), 9000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    assert deep.run == Home(deep.folder).run  # whatever the shell of the command sets
    deep.create()
    try:
        assert mode(deep.run) == 0o700
    finally:
        deep.run.rmdir()
    assert len(os.fsencode(deep.run)) < len(os.fsencode(deep.folder))
    assert deep.run != Home(tmp_path / ("e" * 120), 9000).run


@pytest.mark.parametrize("sign", list("\"\\\\,;#$'{@"))
def test_sockets_go_where_no_sign_of_their_path_has_a_meaning(tmp_path, sign):
    home = Home(f"/a{sign}b", 9000)

    assert home.run.parent == Path("/tmp")
