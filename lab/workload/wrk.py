"""Closed-loop load from wrk, a C program that takes little processor time itself."""

import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lab.errors import Failure
from lab.stack import programs

SCRIPT = Path(__file__).with_name("wrk.lua")


class Result(NamedTuple):
    """What one run of wrk measured; `failed` counts the responses that were not 2xx or 3xx."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def run(
    url: str,
    *,
    seconds: float,
    connections: int,
    headers: Mapping[str, str] | None = None,
    order: dict | None = None,
    new_urls: bool = False,
) -> Result:
    """Requests `url` again and again on so many connections.

    `order` is a JSON body to POST, each time with a new idempotency key. `new_urls` appends a query
    that makes each URL a new one.
    """
    command = [
        programs.find("wrk", "wrk"),
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        str(SCRIPT),
    ]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    variables = {"PATH": os.environ["PATH"]}
    if order:
        variables |= {"ORDER": json.dumps(order), "ORDER_KEYS": secrets.token_hex(6)}
    if new_urls:
        variables |= {"NEW_URLS": f"n{secrets.token_hex(6)}"}
    done = subprocess.run([*command, url], env=variables, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"wrk could not request {url}: {done.stderr.strip()}", "./escala bench again")
    return Result(**json.loads(done.stdout.splitlines()[-1]))
