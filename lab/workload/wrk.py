"""WRK: load from a program that itself costs little (Debian's wrk), and what it saw."""

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import NamedTuple

from lab.errors import Failure
from lab.stack import programs

SCRIPT = Path(__file__).with_name("wrk.lua")


class Seen(NamedTuple):
    """What one run of load saw: answers, how many of them were not 2xx or 3xx, latencies in
    milliseconds."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self):
        return self.requests / self.seconds


def run(url, *, seconds, connections, headers=(), order=None, anew=False):
    """Asks `url` over and over on so many connections, closed loop.

    `order` is a JSON body to post, each time under a new key; `anew` makes each address a new one.
    """
    command = [
        programs.find("wrk", "wrk"),
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        str(SCRIPT),
    ]
    for name, value in dict(headers).items():
        command += ["-H", f"{name}: {value}"]
    variables = {"PATH": os.environ["PATH"]}
    if order:
        variables |= {"ORDER": json.dumps(order), "ORDER_KEYS": secrets.token_hex(6)}
    if anew:
        variables |= {"ANEW": f"anew{secrets.token_hex(6)}"}
    done = subprocess.run([*command, url], env=variables, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"wrk could not ask {url}: {done.stderr.strip()}", "./escala bench again")
    return Seen(**json.loads(done.stdout.splitlines()[-1]))
