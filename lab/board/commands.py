"""Carry out an act: by the function that its command calls, or by the command itself."""

import asyncio
import json
import os
import sys
from typing import Any

from lab.errors import Failure
from lab.stack import credentials, faults
from lab.stack.home import ROOT, Home, locked

SECONDS = 600  # the longest a command may take: a rolling restart with long tasks


async def carry_out(home: Home, verb: str, name: str | None, value: Any) -> dict[str, Any]:
    """Do what the command of this verb does; return its document. Raise Failure if it fails."""
    match verb:
        # In this process, because a new one would need half a second before it strikes.
        case "kill" | "freeze":
            signal_name = "KILL" if verb == "kill" else "STOP"
            await asyncio.to_thread(faults.kill, home, str(name), signal_name)
        case "start" | "stop":
            await asyncio.to_thread(_start_or_stop, home, verb, str(name))
        case "flush-cache":
            await _flush_cache(home)
        case "scale":
            return await command(home, "scale", str(name), str(value))
        case "workers":
            return await command(home, "workers", str(value))
        case "lever":
            return await command(home, "up", "--set", f"{name}={value}")
        case "rolling-restart" | "audit":
            return await command(home, verb)
    return {}


async def command(home: Home, *words: str) -> dict[str, Any]:
    """Run `./escala WORDS --json` and return its document; raise Failure when it fails."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lab", *words, "--json"),
        cwd=ROOT,
        env=os.environ | {"ESCALA_HOME": str(home.folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=None,  # into the board's log
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), SECONDS)
        document = json.loads(output)
    except TimeoutError:
        process.kill()
        raise Failure(f"{words[0]} took longer than {SECONDS} s", "./escala status") from None
    except ValueError:
        raise Failure(
            f"{words[0]} ended with {process.returncode}", "./escala logs board"
        ) from None
    if error := document.get("error"):
        raise Failure(error["what"], error["next"])
    return document


def _start_or_stop(home: Home, verb: str, name: str) -> None:
    act = faults.start if verb == "start" else faults.stop
    with locked(home, f"{verb} {name} (board)", patience=30):
        act(home, name)


async def _flush_cache(home: Home) -> None:
    password = credentials.load(home)["CACHE_PASSWORD"]
    reader, writer = await asyncio.open_connection("127.0.0.1", home.port("cache"))
    try:
        writer.write(f"AUTH {password}\r\nFLUSHALL\r\nQUIT\r\n".encode())
        answer = await asyncio.wait_for(reader.read(-1), 2)
    finally:
        writer.close()
    if answer.count(b"+OK") != 3:
        raise Failure(f"the cache answers {answer.decode()!r}", "./escala logs cache")
