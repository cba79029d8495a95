"""FINGERPRINT: the machine and the versions that a run's figures belong to."""

import importlib.metadata
import os
import platform
import re
import subprocess

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


def cores():
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def fingerprint():
    """{machine, versions, commit}; `commit` is None outside of a Git repository."""
    return {"machine": _machine(), "versions": _versions(), "commit": _commit()}


def _machine():
    return {
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "processor": _processor(),
        "cores": cores(),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
    }


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            names = re.findall(r"model name\s*: (.+)", file.read())
        return names[0] if names else platform.machine()
    except OSError:
        return platform.processor() or platform.machine()


def _versions():
    servers = {
        "HAProxy": [programs.find("haproxy", "haproxy"), "-v"],
        "Redis": [programs.find("redis-server", "redis-server", "valkey-server"), "--version"],
        "Postgres": [postgres.program("postgres"), "--version"],
    }
    found = {"Python": platform.python_version()}
    for name, command in servers.items():
        told = subprocess.run(command, capture_output=True, text=True).stdout
        found[name] = re.search(r"\d+(\.\d+)+", told)[0]
    return found | {name: importlib.metadata.version(name) for name in PACKAGES}


def _commit():
    try:
        git = programs.find("git", "git")
    except Failure:
        return None
    done = subprocess.run(
        [git, "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip() or None
