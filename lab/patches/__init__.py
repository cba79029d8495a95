"""Patches: diffs that take one protection away, to show what happens without it.

Each lab/patches/NAME.patch is a small diff below a header for people. A patch is applied to a copy
of the repository, never to the repository itself. The caller runs commands or tests in the copy and
then removes it.
"""

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

from lab.errors import Failure
from lab.stack import programs
from lab.stack.home import ROOT

FOLDER = Path(__file__).parent
# As in .gitignore: state, secrets and generated files.
NOT_COPIED = (".git", ".escala", ".venv*", ".env", "__pycache__", ".*_cache", "*.sqlite3*")


class Patch(NamedTuple):
    """A patch and the parts of its header; `red` are the tests that fail when it is applied."""

    path: Path
    takes_away: str
    then: str
    red: list[str]

    @property
    def name(self) -> str:
        """The name of the file, without `.patch`."""
        return self.path.stem


def all_patches() -> list[Patch]:
    """Return every patch of lab/patches, in the order of their names."""
    return [read(path) for path in sorted(FOLDER.glob("*.patch"))]


def read(path: Path) -> Patch:
    """Return the patch in this file; raise Failure when its header lacks a part."""
    header = path.read_text().partition("\ndiff --git ")[0]
    parts = dict(paragraph.partition(": ")[::2] for paragraph in header.strip().split("\n\n"))
    try:
        return Patch(path, _line(parts["Takes away"]), _line(parts["Then"]), parts["Red"].split())
    except KeyError as missing:
        raise Failure(
            f"{path.name} has no paragraph that begins with {missing.args[0]}:",
            "write it above the diff, as in the other files of lab/patches",
        ) from missing


def patch_named(name: str) -> Patch:
    """Return the patch of lab/patches with this name."""
    return read(FOLDER / f"{name}.patch")


def changed_files(patch: Patch) -> list[str]:
    """Return the files that the patch changes, as paths from the root of the repository."""
    lines = patch.path.read_text().splitlines()
    return [line.removeprefix("+++ b/") for line in lines if line.startswith("+++ b/")]


def copy_tree(folder: Path) -> None:
    """Copy the repository, with uncommitted changes, to a `folder` that does not exist yet.

    The copy can be changed and removed, also when the repository is read-only.
    """
    shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)


def apply_patch(patch: Patch, folder: Path) -> None:
    """Apply the patch in a copy of the repository, also when its lines have moved.

    Raise Failure when the lines are not there any more.
    """
    command = [programs.find("git", "git"), "apply", "-C1", str(patch.path)]
    # Without these variables git would apply the patch to a repository that contains the copy.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = inherited | {"GIT_CEILING_DIRECTORIES": str(Path(folder).resolve().parent)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Failure(
            f"{patch.path.name} does not apply any more: {_line(done.stderr)}",
            "remove the protection by hand in a clean copy; write `git diff -U2` below the header",
        )


def _line(text: str) -> str:
    return " ".join(text.split())
