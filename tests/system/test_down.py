import os
import signal

from lab.stack import process_tree
from tests.support.laptop import Laptop


def test_a_second_system_leaves_nothing_behind_even_without_its_supervisor(laptop, tmp_path):
    before = laptop.processes()
    second = Laptop(tmp_path / 'a "folder" with spaces, 100% \\deep; $HOME' / ("d" * 100))

    second.run("up")
    assert len(process_tree.processes_of(second.home)) > 10
    os.kill(int((second.home.config / "supervisor.pid").read_text()), signal.SIGKILL)
    assert "supervisor died" in second.run("status", code=1).stderr

    second.run("up")
    assert second.json("status")["healthy"]
    os.kill(int((second.home.config / "supervisor.pid").read_text()), signal.SIGKILL)
    said = second.run("down", "--wipe").stdout

    assert "removed: data, logs, secrets" in said
    assert str(second.home.run) in said
    assert process_tree.processes_of(second.home) == []
    assert not second.home.run.exists()
    assert not second.home.secrets.exists()
    assert laptop.processes() == before
