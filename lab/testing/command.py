"""`./escala test`: ruff and mypy, then the suites, and the totals of all of them."""

import subprocess
import sys

from lab.stack.home import ROOT
from lab.testing.running import run_suites
from lab.testing.selection import Words, chosen_suites, options, paths

CHECKS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",))
# pytest's into ours; 2: interrupted or wrongly called; all others 1
EXIT_CODES = {0: 0, 2: 2, 4: 2}


def test(arguments: Words) -> int:
    """Run ruff and mypy, then the suites that `arguments` (pytest's) choose, and print the totals.

    Return the worst exit code: 0 = passed, 1 = something failed, 2 = wrong usage or interrupted.
    """
    suites = chosen_suites(arguments)
    checks = [
        (subprocess.call([sys.executable, "-m", *check], cwd=ROOT), check) for check in CHECKS
    ]
    codes = run_suites(options(arguments), suites, side_by_side=not paths(arguments))
    if failed := [" ".join(check) for code, check in checks if code]:
        # Their messages are far above the totals by now.
        print(f"failed before the tests: {', '.join(failed)}", flush=True)
    return max(EXIT_CODES.get(code, 1) for code in [*codes, *(code for code, _ in checks)])
