import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.escala_script import make_copy, run

pytestmark = pytest.mark.slow

# Each of these breaks or changes what runs, when it reaches Python, pip, Postgres' client or `cd`.
SHELL = {
    "CDPATH": "{elsewhere}",
    "PYTHONPATH": "{elsewhere}",
    "PYTHONHOME": "{elsewhere}",
    "PYTHONSAFEPATH": "1",
    "PYTHONSTARTUP": "{elsewhere}",
    "PIP_USER": "1",
    "PIP_TARGET": "{elsewhere}",
    "PIP_PREFIX": "{elsewhere}",
    "PGHOST": "192.0.2.1",
    "PGHOSTADDR": "192.0.2.1",
    "PGOPTIONS": "-c search_path=private",
    "PGREQUIREAUTH": "md5",
    "PGSERVICE": "work",
    "PGSSLMODE": "verify-full",
    "PGTARGETSESSIONATTRS": "read-only",
    "http_proxy": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "all_proxy": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


def test_nothing_of_the_callers_shell_reaches_the_workbench(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "copy").mkdir(parents=True)  # CDPATH would lead here
    copy = make_copy(tmp_path / "copy")
    (copy / "lab" / "__main__.py").write_text(
        "import json, os\nprint(json.dumps(dict(os.environ)))"
    )
    shell = {name: value.format(elsewhere=elsewhere) for name, value in SHELL.items()}

    done = run("copy/escala", "status", cwd=tmp_path, **shell, EMPTY="", ODD="a PG-b *\nPGX")

    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) & set(SHELL) == set()
    assert list(elsewhere.iterdir()) == [elsewhere / "copy"]


def test_pip_keeps_the_proxy_that_the_caller_named(tmp_path):
    copy = make_copy(tmp_path / "copy")
    stand_in = tmp_path / "uv"
    stand_in.write_text('#!/bin/sh\necho "proxy: $https_proxy" >&2\nexit 1\n')
    stand_in.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"

    done = run(copy / "escala", "status", PATH=path, https_proxy="http://proxy.example:3128")

    assert "proxy: http://proxy.example:3128" in done.stderr


def test_a_setting_of_pip_that_cannot_work_is_not_taken_for_the_network_alone(tmp_path):
    (tmp_path / "pip.conf").write_text("[install]\ntarget = /nowhere\nprefix = /nowhere\n")
    copy = make_copy(tmp_path / "copy")

    done = run(copy / "escala", "status", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))

    assert (done.returncode, "pip config list" in done.stderr) == (1, True)


@pytest.fixture
def public_copy():
    """A copy that every user can reach, owned by `nobody`."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = make_copy(Path(folder) / "copy")
        for path in [copy, *copy.rglob("*")]:
            shutil.chown(path, "nobody")
        yield copy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")
@pytest.mark.parametrize("name", [".venv.lock", ".venv"])
def test_what_root_made_is_named_with_the_way_on(public_copy, name):
    place = public_copy / name
    place.mkdir() if name == ".venv" else place.touch()
    place.chmod(0o700)
    script = str(public_copy / "escala")

    done = run("setpriv", "--reuid=nobody", "--clear-groups", script, "status", PATH=os.defpath)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert name in done.stderr and "sudo chown" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")
def test_a_lock_that_root_made_and_others_can_read_is_enough(public_copy):
    (public_copy / ".venv.lock").touch()
    script = str(public_copy / "escala")

    done = run("setpriv", "--reuid=nobody", "--clear-groups", script, "status", PATH=os.defpath)

    assert "installing the Python packages" in done.stderr
    assert ".venv.lock" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")
def test_a_read_only_copy_of_ones_own_is_named_with_the_way_on(public_copy):
    for path in (public_copy, *public_copy.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    script = str(public_copy / "escala")

    done = run("setpriv", "--reuid=nobody", "--clear-groups", script, "status", PATH=os.defpath)

    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert ".venv.lock" in done.stderr
    assert "chmod -R u+w ., or clone" in done.stderr and "chown" not in done.stderr
