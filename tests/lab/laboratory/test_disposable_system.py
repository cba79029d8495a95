"""The tree of a disposable system has exactly the patches that were requested."""

import os
import subprocess

import psutil
import pytest

from lab import experiments, patches, polling
from lab.errors import Failure, WrongUsage
from lab.experiments import e2b_failover
from lab.experiments.shared import protocol
from lab.laboratory.disposable_system import System
from lab.stack.home import ROOT

NONE, *_ = e2b_failover.CONFIGURATIONS
CONFIGURATION = "haproxy/haproxy.cfg"


@pytest.fixture
def system(tmp_path):
    system = System(tmp_path)
    patches.copy_tree(system.tree)
    return system


def text(folder):
    return (folder / CONFIGURATION).read_text()


def test_a_patch_is_reverted_before_the_next_one_and_names_the_processes_to_restart(system):
    assert system.apply_patches(("l7-retries",)) == {"haproxy"}
    assert "retry-on" not in text(system.tree)

    assert system.apply_patches(("stampede-guard",)) == {"haproxy", "core", "worker", "relay"}
    assert text(system.tree) == text(ROOT)

    system.apply_patches(())
    assert (system.tree / "core_api/catalog/caching.py").read_text() == (
        ROOT / "core_api/catalog/caching.py"
    ).read_text()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "core=2, analytics=1, worker=1"),
        ({"replicas": 8, "workers": 4}, "core=8, analytics=1, worker=4"),
        (
            {"analytics": 0, "CACHE": "off", "patches": ("sticky", "drain")},
            "core=2, analytics=0, worker=1, CACHE=off, sticky.patch, drain.patch",
        ),
    ],
)
def test_a_configuration_is_said_once_before_it_takes_its_time(
    system, monkeypatch, capsys, settings, said
):
    def fails(*words):
        raise Failure("it does not start", "")

    monkeypatch.setattr(System, "apply_patches", fails)  # what comes next
    for _ in range(2):
        with pytest.raises(Failure):
            system.configure(**settings)

    assert capsys.readouterr().err == f"  system: {said}\n"


def test_patches_that_are_applied_already_restart_no_process(system):
    system.apply_patches(("l7-retries",))

    assert system.apply_patches(("l7-retries",)) == set()
    assert system.apply_patches(("stampede-guard", "l7-retries")) == {"core", "worker", "relay"}
    assert system.apply_patches(("stampede-guard",)) == {"haproxy"}


@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
def test_the_patches_of_a_proof_apply_together(experiment, system):
    system.apply_patches(experiment.PROOF.patches)

    for name in experiment.PROOF.patches:
        for file in patches.changed_files(patches.patch_named(name)):
            assert (system.tree / file).read_bytes() != (ROOT / file).read_bytes()


@pytest.mark.parametrize("step", e2b_failover.CONFIGURATIONS)
def test_every_step_of_the_failover_ladder_applies(step, system):
    system.apply_patches(e2b_failover.CONFIGURATIONS[step])

    assert ("default-server check" in text(system.tree)) == (step != NONE)
    assert ("retry-on" in text(system.tree)) == (step == "+ retries")


@pytest.mark.parametrize("words", [("stop", "core-1"), ("audit",), ("stop", "nobody")])
def test_a_command_that_could_not_be_done_is_a_failure(words, system, monkeypatch):
    monkeypatch.setattr(polling, "PATIENCE", 0)

    with pytest.raises(Failure, match=" ".join(words)):
        system.command(*words)


def test_a_killed_system_leaves_neither_processes_nor_files(system):
    system.home.create()
    variables = os.environ | {"ESCALA_HOME": str(system.home.folder), "ESCALA_PROCESS": "core-1"}
    process = subprocess.Popen(["sleep", "60"], env=variables)

    system.kill()

    assert not psutil.pid_exists(process.pid)
    assert not system.home.folder.exists() and not system.tree.exists()


@pytest.mark.parametrize(
    ("answers", "times"),
    [
        ([(1, '{"error": {"what": "Postgres: timeout"}}'), (0, '{"ok": true}')], 2),
        ([(3, ""), (0, '{"ok": true}')], 2),
        ([(0, '{"ok": true}')], 1),
        ([(2, '{"error": {"what": "there is no nobody"}}'), (0, '{"ok": true}')], 1),
    ],
    ids=str,
)
def test_a_command_that_failed_is_repeated_but_no_wrong_one(answers, times, system, monkeypatch):
    asked = []

    def answer(*words):
        asked.append(words)
        code, text = answers[len(asked) - 1]
        return subprocess.CompletedProcess([], code, stdout=text, stderr="")

    monkeypatch.setattr(system, "_run_lab", answer)

    if answers[0][0] == 2:
        with pytest.raises(WrongUsage, match="there is no nobody"):
            system.command("stop", "nobody")
    else:
        assert system.command("audit") == {"ok": True}
    assert len(asked) == times


def test_that_something_is_not_healthy_is_no_failure(system, monkeypatch):
    found = subprocess.CompletedProcess(
        [], 1, stdout='{"violations": ["stock of LAMP-1 is -1"]}', stderr=""
    )
    monkeypatch.setattr(system, "_run_lab", lambda *words: found)

    assert system.command("audit")["violations"] == ["stock of LAMP-1 is -1"]
