"""LAUNCH one process for the supervisor: clear away what its predecessor left, take its
environment, become it.

Run as `python -m lab.stack.launch core-1`. So the supervisor's own file holds no secret, and a changed
lever counts from the next start on.
"""

import os
import sys

from lab.stack import desired, environment, postgres, process_tree, processes
from lab.stack.home import ROOT, Home


def launch(name):
    """Replaces this process by the named one; never returns."""
    home = Home()
    # A Gunicorn master killed alone leaves a worker that holds the port.
    process_tree.kill(process_tree.ours(home, name))
    if name == "postgres":
        # Nobody is left in its folder, so this file is stale; its number may be another program's
        # by now.
        (postgres.cluster(home.data / name) / "postmaster.pid").unlink(missing_ok=True)
    command = processes.command(home, name)
    variables = environment.of_process(home, desired.load(home), name)
    variables |= {"ESCALA_HOME": str(home.folder), "ESCALA_PROCESS": name}
    os.chdir(ROOT if desired.kind(name) in environment.PROJECTS else "/")
    os.execvpe(command[0], command, variables)


if __name__ == "__main__":
    launch(sys.argv[1])
