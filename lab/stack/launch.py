"""Start one process for the supervisor: `python -m lab.stack.launch core-1`.

The supervisor runs this module instead of the program itself. So its configuration holds no secret,
and a changed lever takes effect at the next start of the process.
"""

import os
import sys
from typing import NoReturn

from lab.stack import desired, environment, postgres, process_tree, processes, redis_servers
from lab.stack.home import ROOT, Home


def launch(name: str) -> NoReturn:
    """End what an earlier process of this name left behind, then become that process."""
    home = Home()
    _open_log(home, name)
    # When only a Gunicorn master is killed, its worker lives on and keeps the port.
    process_tree.kill(process_tree.processes_of(home, name))
    if name == "postgres":
        # No server uses this folder now, so the file is stale. Its pid may belong to another
        # program by now, and then Postgres would refuse to start.
        (postgres.cluster(home.data / name) / "postmaster.pid").unlink(missing_ok=True)
    if name == "broker":
        redis_servers.set_unreadable_files_aside(home)
    command = processes.command(home, name)
    variables = environment.of_process(home, desired.load(home), name)
    variables |= {"ESCALA_HOME": str(home.folder), "ESCALA_PROCESS": name}
    os.chdir(ROOT if desired.kind(name) in (*environment.PROJECTS, "board") else "/")
    os.execvpe(command[0], command, variables)


def _open_log(home: Home, name: str) -> None:
    # The output would go to the supervisor through a pipe, and wait there while it hangs.
    log = os.open(home.log(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for output in (1, 2):
        os.dup2(log, output)
    os.close(log)


if __name__ == "__main__":
    launch(sys.argv[1])
