import json
import os
import shutil
import subprocess

import pytest

from lab.stack.home import ROOT

# Stands in for the workbench: tells what it was started with.
WORKBENCH = """
import json, os, sys
home = os.environ.get("ESCALA_HOME")
print(json.dumps({"cwd": os.getcwd(), "words": sys.argv[1:], "home": home, "prefix": sys.prefix}))
"""
TOOLS = ("cat", "cksum", "dirname", "env", "id", "python3", "readlink", "rm", "sed", "sh", "uname")


def make_copy(folder):
    """The script in a folder of its own, with a workbench that needs no package."""
    (folder / "lab").mkdir(parents=True)
    shutil.copy(ROOT / "escala", folder)
    (folder / "lab" / "__main__.py").write_text(WORKBENCH)
    (folder / "supervisor.py").touch()
    (folder / "requirements-lab.txt").write_text("# nothing\n")
    return folder


def run(script, *words, cwd="/", **variables):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ESCALA")}
    command = [str(script), *words]
    return subprocess.run(
        command, cwd=cwd, env=environment | variables, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy whose first command has been given, two at the same time."""
    folder = make_copy(tmp_path_factory.mktemp("script") / "a folder with spaces")
    both = [
        subprocess.Popen([folder / "escala", "status"], stdout=-1, stderr=-1, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert "".join(stderr for _, stderr in said).count("making .venv") == 1
    return folder


def test_it_hands_over_from_any_folder_and_through_a_link(copy, tmp_path):
    link = tmp_path / "a link"
    link.symlink_to(copy / "escala")

    done = run(link, "status", "two words", "", cwd=tmp_path, ESCALA_HOME="my home")

    assert json.loads(done.stdout) == {
        "cwd": str(copy),
        "words": ["status", "two words", ""],
        "home": str(tmp_path / "my home"),
        "prefix": str(copy / ".venv"),
    }
    assert done.stderr == ""


def test_packages_are_installed_again_only_when_they_changed(copy):
    assert "installing" not in run(copy / "escala", "status").stderr

    (copy / "requirements-lab.txt").write_text("# something else\n")

    assert "installing" in run(copy / "escala", "status").stderr
    assert "installing" not in run(copy / "escala", "status").stderr


def test_a_venv_that_came_from_elsewhere_or_is_broken_is_made_again(copy, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(copy, moved, symlinks=True)

    done = run(moved / "escala", "status")
    assert "making .venv" in done.stderr
    assert json.loads(done.stdout)["prefix"] == str(moved / ".venv")

    (moved / ".venv" / "bin" / "python").unlink()
    assert "making .venv" in run(moved / "escala", "status").stderr


def test_secrets_and_help_install_nothing(tmp_path):
    folder = make_copy(tmp_path / "fresh")

    for words in (["secrets"], ["--help"], ["up", "--help"], []):
        done = run(folder / "escala", *words)
        assert json.loads(done.stdout)["words"] == words
        assert done.stderr == ""

    assert not (folder / ".venv").exists()


def test_where_nothing_can_be_installed_it_names_what_is_missing_and_the_other_ways(copy, tmp_path):
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(shutil.which(tool))

    done = run(copy / "escala", "up", PATH=str(tmp_path))

    assert done.returncode == 1
    assert done.stdout == ""
    assert "redis-server" in done.stderr
    assert "docker compose" in done.stderr and "runserver" in done.stderr
