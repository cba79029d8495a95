"""PATCHES: a copy of this tree with one protection taken away, to see what that protection was good
for.

Each lab/patches/NAME.patch is a small diff under a header for people. No product file is ever
changed for an experiment: the copy is, and whoever made it runs `python -m lab ...` or tests in it,
and removes it.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from lab.errors import Failure
from lab.stack import programs
from lab.stack.home import ROOT

FOLDER = Path(__file__).parent
# What .gitignore names too: no state, no secrets, nothing that is made anew.
LEFT_OUT = (".git", ".escala", ".venv*", ".env", "__pycache__", ".*_cache", "*.sqlite3*")


class Patch(NamedTuple):
    """One patch, and what its header says of it: `red` are the tests that fail without the
    protection."""

    path: Path
    takes_away: str
    then: str
    red: list[str]

    @property
    def name(self):
        return self.path.stem


def all_patches():
    """Every patch of lab/patches, by name."""
    return [read(path) for path in sorted(FOLDER.glob("*.patch"))]


def read(path):
    """The patch in this file; a Failure when its header lacks a part."""
    header = path.read_text().partition("\ndiff --git ")[0]
    parts = dict(paragraph.partition(": ")[::2] for paragraph in header.strip().split("\n\n"))
    try:
        return Patch(path, _line(parts["Takes away"]), _line(parts["Then"]), parts["Red"].split())
    except KeyError as missing:
        raise Failure(
            f"{path.name} has no paragraph that begins with {missing.args[0]}:",
            "write it above the diff; every other file in lab/patches shows how",
        ) from missing


def patch_named(name):
    """The patch of lab/patches with this name."""
    return read(FOLDER / f"{name}.patch")


def changed_files(patch):
    """The files that the patch changes, as paths from the tree's root."""
    lines = patch.path.read_text().splitlines()
    return [line.removeprefix("+++ b/") for line in lines if line.startswith("+++ b/")]


def copy_tree(folder):
    """Copies the tree as it is now, changes that are not committed included, to a `folder` that
    does not exist yet."""
    shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))


def apply_patch(patch, folder):
    """Applies the patch in a copy, wherever its lines have moved to; a Failure when they are not
    there any more."""
    command = [programs.find("git", "git"), "apply", "-C1", str(patch.path)]
    # Git must take the copy for a folder of its own, also when it lies inside a repository.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = inherited | {"GIT_CEILING_DIRECTORIES": str(Path(folder).resolve().parent)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Failure(
            f"{patch.path.name} does not apply any more: {_line(done.stderr)}",
            "take that protection away by hand in a clean tree, and write `git diff -U2` below the header",
        )


def _line(text):
    return " ".join(text.split())
