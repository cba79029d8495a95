"""PROGRAMS that come from the system (apt, brew) and not from PyPI: where they are."""

import os
import re
import shutil
import subprocess

from lab.errors import Failure

# Debian keeps server programs out of an ordinary user's PATH.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def find(package: str, *names: str) -> str:
    """The path of the first of these programs that is installed; `package` is what brings it on
    Debian."""
    for name in names:
        if path := shutil.which(name, path=PATH):
            return path
    raise Failure(
        f"{names[0]} is not installed", f"install it (Debian, Ubuntu: apt-get install {package})"
    )


def redis_version() -> tuple[int, int]:
    """(major, minor) of the Redis on this machine."""
    program = find("redis-server", "redis-server", "valkey-server")
    told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    major, minor = re.findall(r"v=(\d+)\.(\d+)", told)[0]
    return int(major), int(minor)
