"""Find the programs that come from the system's packages (apt, brew) and not from PyPI."""

import os
import re
import shutil
import subprocess

from lab.errors import Failure

# On Debian, server programs are in folders that are not in the PATH of an ordinary user.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def find(package: str, *names: str) -> str:
    """Return the path of the first of these programs that is installed.

    Raise Failure when none is, with the Debian `package` to install.
    """
    for name in names:
        if path := shutil.which(name, path=PATH):
            return path
    raise Failure(
        f"{names[0]} is not installed", f"install it (Debian, Ubuntu: apt-get install {package})"
    )


def redis_version() -> tuple[int, int]:
    """Return (major, minor) of the Redis on this machine."""
    program = find("redis-server", "redis-server", "valkey-server")
    output = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    [(major, minor)] = re.findall(r"v=(\d+)\.(\d+)", output)
    return int(major), int(minor)
