"""Every patch of lab/patches applies; `./escala test --patches` shows what each one breaks."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

from lab import patches
from lab.errors import Failure
from lab.stack.home import ROOT


@pytest.fixture
def tree(tmp_path):
    patches.copy_tree(tmp_path / "tree")
    return tmp_path / "tree"


def contents(folder):
    """{path: bytes} of every file."""
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_copy_of_a_read_only_repository_can_be_changed(tmp_path, monkeypatch):
    repository = tmp_path / "repository"
    (repository / "lab").mkdir(parents=True)
    (repository / "lab" / "module.py").touch(mode=0o400)
    (repository / "escala").touch(mode=0o500)
    (repository / "lab").chmod(0o500)
    repository.chmod(0o500)
    monkeypatch.setattr(patches, "ROOT", repository)

    patches.copy_tree(tmp_path / "copy")

    copied = [tmp_path / "copy", *(tmp_path / "copy").rglob("*")]
    assert {oct(path.stat().st_mode)[-3:] for path in copied} == {"700", "600"}
    assert len(copied) == 4


@pytest.mark.parametrize("patch", patches.all_patches(), ids=lambda patch: patch.name)
def test_a_patch_applies_and_names_tests_that_exist(patch, tree):
    before = contents(tree)

    patches.apply_patch(patch, tree)

    changed = {path for path, content in contents(tree).items() if before[path] != content}
    assert changed
    for path in changed:
        assert path.suffix != ".py" or ast.parse((tree / path).read_text())
    assert patch.takes_away and patch.then and patch.red
    for test in patch.red:
        path, _, name = test.partition("::")
        functions = ast.walk(ast.parse((ROOT / path).read_text()))
        assert name in [node.name for node in functions if isinstance(node, ast.FunctionDef)], test


def test_a_copy_has_changes_that_are_not_committed_and_neither_state_nor_secrets(tree):
    here = Path(__file__).relative_to(ROOT)

    assert (tree / here).read_bytes() == (ROOT / here).read_bytes()
    assert (tree / "escala").stat().st_mode == (ROOT / "escala").stat().st_mode
    names = {path.name for path in tree.rglob("*")}
    assert not names & {".git", ".escala", ".venv", ".env", "__pycache__", ".ruff_cache"}


def test_a_patch_applies_to_a_copy_inside_a_repository_and_when_its_lines_have_moved(
    tmp_path, monkeypatch
):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    folder = tmp_path / "deep" / "tree"
    patches.copy_tree(folder)
    file = folder / "core_api" / "catalog" / "caching.py"
    file.write_text("# a line\n" * 40 + file.read_text())

    patches.apply_patch(patches.read(patches.FOLDER / "stampede-guard.patch"), folder)

    assert "cache.add, lock" not in file.read_text()


def test_a_patch_whose_lines_are_gone_is_named_with_what_to_do(tree):
    os.truncate(tree / "core_api" / "catalog" / "caching.py", 0)

    with pytest.raises(Failure, match=r"invalidation.patch does not apply any more") as failure:
        patches.apply_patch(patches.read(patches.FOLDER / "invalidation.patch"), tree)

    assert "git diff" in failure.value.next_step


def test_a_header_that_lacks_a_part_is_refused_by_name(tmp_path):
    path = tmp_path / "half.patch"
    path.write_text("Takes away: the roof.\n\nThen: it rains in.\n\ndiff --git a/x b/x\n")

    with pytest.raises(Failure, match=r"half.patch has no paragraph that begins with Red:"):
        patches.read(path)
