import os
import subprocess

import pytest

from tests.support.faults.machine import disk_full
from tests.support.faults.table import UNAVAILABLE, Fault
from tests.support.faults.under_load import run_under_load
from tests.support.laptop import Laptop

FULL = Fault("the disk is full", disk_full, lasts=20, allowed=UNAVAILABLE)


@pytest.fixture
def small_disk(tmp_path):
    """A folder with a file system of its own of 320 MB; fails where nobody may mount one."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    mount = [*sudo, "mount", "-t", "tmpfs", "-o", f"size=320m,uid={os.geteuid()},mode=700"]
    subprocess.run([*mount, "tmpfs", tmp_path], check=True)
    yield tmp_path
    subprocess.run([*sudo, "umount", tmp_path], check=True)


def test_a_full_disk_loses_nothing_and_is_named(small_disk):
    laptop = Laptop(small_disk)
    try:
        laptop.run("up")

        outcome = run_under_load(laptop, FULL)

        assert not outcome.wrong, str(outcome)
    finally:
        laptop.run("down")
