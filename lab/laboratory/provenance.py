"""Where a run comes from: when, for whom, with which local changes, at which load."""

import contextlib
import datetime
import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from lab.errors import Failure, WrongUsage
from lab.stack import programs
from lab.stack.home import ROOT

DIFF = "changes.diff"  # in the folder of a run
LONGEST_NAME = 80  # characters
LARGEST_DIFF = 1_000_000  # characters


def begun(name: str | None, folder: Path) -> dict[str, Any]:
    """What run.json says at the start; writes the text of the local changes into `folder`."""
    diff = _git("diff", "HEAD", "--relative")
    if diff:
        (folder / DIFF).write_text(diff[:LARGEST_DIFF] + "\n")
    changed = _git("diff", "HEAD", "--relative", "--name-only", "-z").split("\0")
    return {
        "name": name,
        "changes": sorted(filter(None, [*changed, *_new_files()])),
        "changes_hash": changes_hash(),
        "began": _now(),
        "load": {"at the start": _load()},
    }


def changes_hash() -> str:
    """What tells these local changes from others: of the diff, and of each file that is new."""
    found = hashlib.sha256(_git("diff", "HEAD", "--relative", "--binary").encode())
    for name in sorted(_new_files()):
        found.update(f"\0{name}\0".encode())
        with contextlib.suppress(OSError):  # a link to nothing, or a file that may not be read
            found.update(hashlib.sha256((ROOT / name).read_bytes()).digest())
    return found.hexdigest()


def note_end(document: dict[str, Any]) -> None:
    """Adds to run.json when the latest experiment ended, and the load of the machine then."""
    document["ended"] = _now()
    document["load"]["at the end"] = _load()


def checked_name(name: str | None) -> str | None:
    """The name for whom a run is; WrongUsage when it does not fit into a line."""
    if name is None:
        return None
    return one_line(name, "--name takes", LONGEST_NAME, 'for example --name "Ana, group 3"')


def one_line(given: str, takes: str, longest: int, example: str) -> str:
    """The text with single spaces; WrongUsage when it is empty, too long or not printable."""
    text = " ".join(given.split())
    if not text or len(text) > longest or not text.isprintable():
        raise WrongUsage(f"{takes} 1 to {longest} printable characters", example)
    return text


def diff(folder: Path, run: dict[str, Any]) -> str:
    """The text of the local changes of a run; Failure when it was not recorded."""
    if "changes" not in run:
        raise Failure(f"{folder} does not say what was changed", "./escala run it again")
    path = folder / DIFF
    return path.read_text() if path.exists() else ""


def _new_files() -> list[str]:
    names = _git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    return list(filter(None, names))


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


def _load() -> list[float]:
    """The mean number of processes that ran or waited in the last 1, 5 and 15 minutes."""
    return [round(mean, 2) for mean in os.getloadavg()]


def _git(*words: str) -> str:
    """The output of a git command; empty when there is no git, or no repository."""
    try:
        command = [programs.find("git", "git"), *words]
    except Failure:
        return ""
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    return done.stdout.decode(errors="replace").strip() if not done.returncode else ""
