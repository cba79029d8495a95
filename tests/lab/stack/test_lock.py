import subprocess
import sys

import pytest

from lab.errors import Failure
from lab.stack.home import locked

HOLDER = """
import sys, time
from lab.stack.home import Home, locked
with locked(Home(sys.argv[1], 9000), "rolling-restart"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_command_is_refused_with_the_name_of_the_first(home):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.folder)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"

    with (
        pytest.raises(Failure, match=f"rolling-restart .pid {holder.pid}"),
        locked(home, "up", patience=0.2),
    ):
        pass

    holder.kill()  # even a killed holder gives the lock back
    holder.wait()
    with locked(home, "up", patience=1):
        pass
