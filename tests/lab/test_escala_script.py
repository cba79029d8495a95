import json
import os
import pty
import re
import shutil
import subprocess

import pytest

from lab.cli import commands
from lab.stack.home import ROOT
from tests.support.escala_script import SYSTEM, make_copy, make_path, run

pytestmark = pytest.mark.slow


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


def test_secrets_help_and_wrong_commands_install_nothing(tmp_path):
    folder = make_copy(tmp_path / "fresh")

    for words in (["secrets"], ["--help"], ["up", "--help"], ["explode"], []):
        done = run(folder / "escala", *words)
        assert json.loads(done.stdout)["words"] == words
        assert done.stderr == ""

    assert not (folder / ".venv").exists()


def test_where_nothing_can_be_installed_it_names_what_is_missing_and_the_other_ways(copy, tmp_path):
    done = run(copy / "escala", "up", PATH=make_path(tmp_path))

    assert done.returncode == 1
    assert done.stdout == ""
    assert "redis-server" in done.stderr
    assert "docker compose" in done.stderr and "runserver" in done.stderr


def test_plan_needs_a_system_only_when_it_measures(copy, tmp_path):
    path, words = make_path(tmp_path), ["plan", "--rate", "5"]

    measuring = run(copy / "escala", *words, PATH=path)
    reading = run(copy / "escala", *words, "--from", "plan.jsonl", PATH=path)

    assert measuring.returncode == 1 and "missing on this machine: redis-server" in measuring.stderr
    assert json.loads(reading.stdout)["words"] == [*words, "--from", "plan.jsonl"]


def setup(copy, folder, *words, at_terminal=None, **variables):
    """Runs `./escala setup` as a user who needs sudo and lacks redis-server and wrk.

    Returns its output, its exit code, and the calls of sudo and apt-get. `at_terminal` is what the
    user types.
    """
    path = make_path(folder, "haproxy", "initdb", "apt-get", "sudo", "id")
    (folder / "id").write_text("echo 1000")
    environment = {"PATH": path, "CALLS": str(folder / "calls"), "ESCALA_HOME": str(folder)}
    command = [copy / "escala", "setup", *words]
    ours, its = pty.openpty()
    streams = {"stdin": its, "stderr": its} if at_terminal is not None else {"stderr": -2}
    process = subprocess.Popen(
        command, env=environment | variables, stdout=-1, text=True, **streams
    )
    if at_terminal is not None:
        os.write(ours, at_terminal.encode())
    said, _ = process.communicate(timeout=60)
    os.close(its)
    if at_terminal is not None:
        said += os.read(ours, 10_000).decode()
    os.close(ours)
    calls = folder / "calls"
    return said, process.returncode, calls.read_text() if calls.exists() else ""


@pytest.mark.parametrize(("answer", "code"), [("\n", 0), ("y\n", 0), ("n\n", 1), ("\x04", 1)])
def test_setup_confirms_before_it_uses_sudo(copy, tmp_path, answer, code):
    said, returned, calls = setup(copy, tmp_path, at_terminal=answer)

    assert "this will be installed: redis-server wrk" in said
    assert "go on?" in said
    assert returned == code
    assert ("nothing was installed" in said) == bool(code)
    assert bool(calls) == (code == 0)


@pytest.mark.parametrize(
    ("words", "typed", "variables"),
    [(["--yes"], "", {}), ([], "", {"CI": "true"}), ([], None, {})],
    ids=["yes", "CI", "no terminal"],
)
def test_setup_does_not_confirm_without_a_terminal_or_with_yes(
    copy, tmp_path, words, typed, variables
):
    said, returned, calls = setup(copy, tmp_path, *words, at_terminal=typed, **variables)

    assert returned == 0
    assert "this will be installed: redis-server wrk" in said
    assert "go on?" not in said
    assert calls.splitlines()[0] == "sudo apt-get update -q"
    assert calls.splitlines()[-1].startswith("apt-get install")
    assert calls.splitlines()[-1].endswith("redis-server wrk")


@pytest.mark.parametrize("words", [["nonsense"], ["2b", "nonsense"], ["--seed", "7", "local"]])
def test_run_installs_nothing_for_an_experiment_that_does_not_exist(copy, tmp_path, words):
    shutil.copytree(ROOT / "lab" / "experiments", copy / "lab" / "experiments", dirs_exist_ok=True)
    run(copy / "escala", "status")
    path = make_path(tmp_path, "apt-get")

    done = run(copy / "escala", "run", *words, PATH=path, CALLS=str(tmp_path / "calls"))

    assert json.loads(done.stdout)["words"] == ["run", *words]  # the laboratory refuses it
    assert not (tmp_path / "calls").exists()
    (copy / ".venv" / ".escala").unlink()
    done = run(copy / "escala", "run", *words, PATH=path, CALLS=str(tmp_path / "calls"))
    assert done.returncode == 2 and f"there is no experiment {words[-1]}" in done.stderr
    assert not (tmp_path / "calls").exists() and not (copy / ".venv" / ".escala").exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["2b"],
        ["all", "local_copies"],
        ["--seed", "7", "0c"],
        ["2b", "--name", "Ana"],
        ["--guess", "a lot", "2b", "--keep"],
    ],
)
def test_run_installs_what_an_experiment_needs(copy, tmp_path, words):
    shutil.copytree(ROOT / "lab" / "experiments", copy / "lab" / "experiments", dirs_exist_ok=True)
    run(copy / "escala", "status")
    path = make_path(tmp_path, "apt-get")

    run(copy / "escala", "run", *words, PATH=path, CALLS=str(tmp_path / "calls"))

    assert "wrk" in (tmp_path / "calls").read_text()


def test_only_test_installs_the_browser_that_it_drives(copy, tmp_path):
    run(copy / "escala", "status")
    path, calls = make_path(tmp_path, *SYSTEM, "apt-get"), tmp_path / "calls"

    for command in ("up", "setup", "run", "bench"):
        run(copy / "escala", command, PATH=path, CALLS=str(calls))
    assert not calls.exists()
    run(copy / "escala", "test", PATH=path, CALLS=str(calls))

    assert calls.read_text().splitlines()[-1].endswith(" chromium")


def test_setup_says_when_there_is_nothing_to_install(copy, tmp_path):
    run(copy / "escala", "status")

    done = run(copy / "escala", "setup", PATH=make_path(tmp_path, *SYSTEM))

    assert done.stderr == "escala: nothing to install\n"
    assert json.loads(done.stdout)["words"] == ["setup"]


def test_the_script_knows_every_command_that_needs_packages():
    lines = re.findall(r'^COMMANDS="(.*)"$', (ROOT / "escala").read_text(), re.MULTILINE)
    known = " ".join(lines).replace("$COMMANDS", "").split()

    assert len(known) == len(set(known))
    assert set(known) == set(commands()) - {"secrets"}
