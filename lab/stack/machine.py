"""The machine and the versions of the software, recorded with the figures of each run."""

import importlib.metadata
import os
import platform
import re
import subprocess
from typing import Any

import psutil

from lab.errors import Failure
from lab.stack import postgres, programs
from lab.stack.home import ROOT

PACKAGES = (
    "Django",
    "djangorestframework",
    "gunicorn",
    "celery",
    "redis",
    "psycopg",
    "aiohttp",
    "numpy",
    "scipy",
)


def cores() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def fingerprint(*, servers: bool = True) -> dict[str, Any]:
    """Return {machine, versions, commit}; `commit` is None outside a Git repository.

    Without `servers` the versions are only those of what the load generator consists of.
    """
    versions = {"Python": platform.python_version()} | (_server_versions() if servers else {})
    packages = PACKAGES if servers else ("aiohttp", "numpy")
    versions |= {name: importlib.metadata.version(name) for name in packages}
    return {"machine": _machine(), "versions": versions, "commit": commit()}


def _machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "processor": _processor(),
        "cores": cores(),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            names = re.findall(r"model name\s*: (.+)", file.read())
        return names[0] if names else platform.machine()
    except OSError:
        return platform.processor() or platform.machine()


def _server_versions() -> dict[str, str]:
    servers = {
        "HAProxy": [programs.find("haproxy", "haproxy"), "-v"],
        "Redis": [programs.find("redis-server", "redis-server", "valkey-server"), "--version"],
        "Postgres": [str(postgres.program("postgres")), "--version"],
    }
    found = {}
    for name, command in servers.items():
        output = subprocess.run(command, capture_output=True, text=True).stdout
        found[name] = re.findall(r"\d+(?:\.\d+)+", output)[0]
    return found


def commit() -> str | None:
    """Return the commit of this tree, `-dirty` when it was changed; None outside a repository."""
    try:
        git = programs.find("git", "git")
    except Failure:
        return None
    done = subprocess.run(
        [git, "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip() or None
