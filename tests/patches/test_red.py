"""`./escala test --patches`: tests that a patch names pass without it and fail with it."""

import os
import xml.etree.ElementTree as XML
from typing import NamedTuple

import pytest

from lab import patches
from lab.stack.home import ROOT
from lab.testing import running, selection

# A failed assertion of the test itself begins like this; any other error proves nothing.
ASSERTED = ("assert ", "AssertionError", "Failed: ")


class Outcome(NamedTuple):
    """One test's result: `passed`, `failure` (in the test), or `error` (before or after it)."""

    test: str
    result: str
    message: str = ""

    @property
    def is_red(self):
        return self.result == "failure" and self.message.startswith(ASSERTED)


def run(tests, tree, folder):
    """The outcomes of the named tests in this tree, with the servers of `./escala test`."""
    found, report = [], folder / "report.xml"
    for suite, paths in selection.chosen_suites(tests).items():
        if paths:
            running.run_suite(suite, ["-q", *paths], dict(os.environ), report, folder=tree)
            found += [outcome(case) for case in XML.parse(report).getroot().iter("testcase")]
    return found


def outcome(case):
    found = [part for part in case if part.tag in ("failure", "error", "skipped")]
    file, function = case.get("classname").replace(".", "/"), case.get("name").partition("[")[0]
    test = f"{file}.py::{function}"
    return (
        Outcome(test, found[-1].tag, found[-1].get("message")) if found else Outcome(test, "passed")
    )


@pytest.fixture(scope="module")
def with_all_protections(request, tmp_path_factory):
    """The outcomes of all tests that the selected patches name, without any patch."""
    patches = [item.callspec.params["patch"] for item in request.session.items]
    return run(
        [test for patch in patches for test in patch.red], ROOT, tmp_path_factory.mktemp("whole")
    )


@pytest.mark.parametrize("patch", patches.all_patches(), ids=lambda patch: patch.name)
def test_without_the_protection_its_tests_go_red(patch, with_all_protections, tmp_path, capsys):
    before = [outcome for outcome in with_all_protections if outcome.test in patch.red]
    patches.copy_tree(tmp_path / "tree")
    patches.apply_patch(patch, tmp_path / "tree")

    after = run(patch.red, tmp_path / "tree", tmp_path)

    assert (
        {outcome.test for outcome in before}
        == {outcome.test for outcome in after}
        == set(patch.red)
    )
    assert [outcome for outcome in before if outcome.result != "passed"] == []
    assert [outcome for outcome in after if not outcome.is_red] == []
    with capsys.disabled():
        print(f"\n{patch.name} takes away {patch.takes_away}")
        for outcome in after:
            print(f"    red: {outcome.test}\n         {outcome.message.splitlines()[0]}")
