"""The script `escala` in a folder of its own, with stand-ins for the programs it calls."""

import os
import shutil
import subprocess

from lab.stack.home import ROOT

# Replaces lab: prints how it was started.
WORKBENCH = """
import json, os, sys
home = os.environ.get("ESCALA_HOME")
print(json.dumps({"cwd": os.getcwd(), "words": sys.argv[1:], "home": home, "prefix": sys.prefix}))
"""
TOOLS = ("cat", "cksum", "dirname", "env", "id", "python3", "readlink", "rm", "sh", "tr")
# Stands in for a program: writes down how it was called, and runs what it was given to run.
PROGRAM = """#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
[ "${0##*/}" != sudo ] || exec "$@"
"""
SYSTEM = ("haproxy", "redis-server", "initdb", "wrk")


def make_copy(folder):
    """The script in a folder of its own, with a lab that needs no package."""
    (folder / "lab").mkdir(parents=True)
    shutil.copy(ROOT / "escala", folder)
    shutil.copy(ROOT / "lab" / "under_lock.py", folder / "lab")
    (folder / "lab" / "__main__.py").write_text(WORKBENCH)
    (folder / "supervisor.py").touch()
    (folder / "requirements-lab.txt").write_text("# nothing\n")
    return folder


def make_path(folder, *programs):
    """A PATH with the few tools that the script needs, and a stand-in for each of `programs`."""
    for tool in set(TOOLS) - set(programs):
        (folder / tool).symlink_to(shutil.which(tool))
    for program in programs:
        (folder / program).write_text(PROGRAM)
        (folder / program).chmod(0o755)
    return str(folder)


def run(script, *words, cwd="/", **variables):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ESCALA")}
    command = [str(script), *words]
    return subprocess.run(
        command, cwd=cwd, env=environment | variables, capture_output=True, text=True
    )
