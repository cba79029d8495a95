"""What `./escala run` leaves: nothing after an interrupt, and with --keep a system that runs on."""

import json
import os
import signal
import subprocess
import sys
import tempfile

import psutil

from lab.analysis import records
from lab.experiments import e2b_failover
from lab.laboratory import run
from lab.polling import wait_until
from lab.stack.home import ROOT, Home
from lab.workload import load


def test_an_interrupted_run_leaves_neither_processes_nor_files(tmp_path):
    results, temporary = tmp_path / "home", tmp_path / "temporary"
    temporary.mkdir()
    variables = os.environ | {"ESCALA_HOME": str(results), "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "lab", "run", "failover", "--quick"]
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True)
    assert wait_until(
        lambda: any('"phase"' in path.read_text() for path in results.rglob("*.jsonl*")), seconds=90
    )
    assert any(_of(temporary))

    process.send_signal(signal.SIGINT)
    _, output = process.communicate(timeout=90)

    assert process.returncode == 130, output
    assert list(temporary.iterdir()) == []
    assert wait_until(lambda: not any(_of(temporary)), seconds=10)


def test_a_kept_system_runs_on_until_down_removes_all_of_it(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(e2b_failover, "measure", one_read_and_a_death)

    document = run.run(Home(tmp_path / "home"), ["2b"], quick=True, keep=True)

    kept = document["kept"]
    assert kept["trace"] is None  # no request failed
    try:
        assert f"ESCALA_HOME={kept['home']} ./escala down --wipe" in run.as_text(document)
        (raw,) = records.read(tmp_path.joinpath(document["folder"], "failover.jsonl")).phases
        states = {row["name"]: row["state"] for row in in_home(kept, "status")["processes"]}
        assert (states["core-1"], states["core-2"]) == ("running", "killed")
        assert in_home(kept, "trace", raw.requests[0]["id"])["taken_for"] == ["request"]
        assert in_home(kept, "audit")["ok"]
    finally:
        in_home(kept, "down", "--wipe")
    assert list(temporary.iterdir()) == []
    assert not any(_of(temporary))


def one_read_and_a_death(lab):
    lab.configure(replicas=2)
    lab.load(load.get("/api/products/"), rate=20, seconds=1)
    lab.kill("core-2")


def in_home(kept, *words):
    """The document of a command that was given the home alone, as --keep says."""
    variables = {name: value for name, value in os.environ.items() if name != "ESCALA_PORT_BASE"}
    variables |= {"ESCALA_HOME": kept["home"]}
    command = [sys.executable, "-m", "lab", *words, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    return json.loads(done.stdout)


def _of(folder):
    """The processes of a system below this folder."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("ESCALA_HOME", "").startswith(str(folder)):
                yield process
        except psutil.Error:
            continue
