import json
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from lab.polling import wait_until
from lab.stack import ports
from lab.stack.home import ROOT
from lab.testing import command, selection


@pytest.mark.parametrize(
    ("arguments", "suite", "for_pytest"),
    [
        (["--containers", "-x"], {"containers": ["tests/containers"]}, ["-x"]),
        (["--swarm", "-x"], {"swarm": ["tests/swarm"]}, ["-x"]),
        (["--kubernetes", "-x"], {"kubernetes": ["tests/kubernetes"]}, ["-x"]),
        (["--patches", "-x"], {"patches": ["tests/patches"]}, ["-x"]),
        (
            ["--soak", "20", "--seed", "7"],
            {"soak": ["tests/soak"]},
            ["--soak", "20", "--seed", "7"],
        ),
        (["--fuzz"], {"fuzz": ["tests/system/test_fuzz.py"]}, ["--fuzz"]),
    ],
)
def test_a_suite_that_is_chosen_by_its_option_runs_alone(arguments, suite, for_pytest):
    assert selection.chosen_suites(arguments) == suite
    assert selection.options(arguments) == for_pytest


def below(path, paths):
    return any(path == each or path.startswith(f"{each}/") for each in paths)


def test_without_a_path_each_test_is_in_one_suite_unless_an_option_selects_it():
    suites = selection.chosen_suites(["-x", "-k", "order"])

    files = [str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")]
    for file in files:
        collected = [name for name, paths in suites.items() if below(file, paths)]
        alone = file.split("/")[1] in ("containers", "kubernetes", "patches", "soak", "swarm")
        assert (selection.suite_of(file) in collected) != alone, file
    assert {selection.suite_of(file) for file in files} == set(suites) == set(selection.SUITES)


@pytest.mark.parametrize(
    ("path", "suites"),
    [
        ("tests/core_api", {"core_api", "core_hostile"}),
        ("tests/core_api/conftest.py", {"core_api"}),
        ("tests/core_api/test_hostile_admin.py", {"core_hostile"}),
        ("tests/core_api/catalog", {"core_api"}),
        ("tests/analytics_api", {"analytics_api", "analytics_hostile"}),
        ("tests/chassis", {"core_api"}),
        ("tests/lab/stack/test_ports.py", {"lab"}),
        (
            "tests/lab/stack/test_ports.py::test_a_free_base_leaves_room_for_a_whole_system",
            {"lab"},
        ),
        ("tests/haproxy/test_limits.py", {"haproxy"}),
        ("tests/system", {"system", "faults", "measured"}),
        ("tests/containers", {"lab"}),
    ],
)
def test_a_path_chooses_the_suites_that_have_tests_there(path, suites):
    chosen = selection.chosen_suites(["-x", path])

    assert {name: paths for name, paths in chosen.items() if paths} == dict.fromkeys(suites, [path])


def test_fast_chooses_no_suite_that_is_slow_as_a_whole():
    chosen = selection.chosen_suites(["--fast"])

    assert set(chosen) == set(selection.SUITES) - set(selection.SLOW)
    assert selection.options(["--fast"]) == ["--fast"]


def test_what_follows_an_option_is_not_taken_for_a_path():
    arguments = ["-k", "tests/lab", "-x", "tests/lab", "--tb", "short"]

    assert selection.paths(arguments) == ["tests/lab"]
    assert selection.options(arguments) == ["-k", "tests/lab", "-x", "--tb", "short"]


@pytest.mark.parametrize(("code", "told"), [(0, False), (1, True)])
def test_a_check_that_failed_is_named_again_below_the_totals(monkeypatch, capsys, code, told):
    monkeypatch.setattr(command, "CHECKS", (("ruff", "check"), ("mypy",)))
    monkeypatch.setattr(command, "run_suites", lambda given, suites, side_by_side: [0])
    monkeypatch.setattr(
        command.subprocess, "call", lambda words, cwd: code if "mypy" in words else 0
    )

    assert command.test([]) == code

    assert ("failed before the tests: mypy" in capsys.readouterr().out) == told


SERVERS = """
import json, time
from lab.testing.servers import servers
with servers() as variables:
    print(json.dumps(variables), flush=True)
    time.sleep(60)
"""


def test_the_servers_end_with_a_test_run_that_is_terminated():
    with subprocess.Popen(
        [sys.executable, "-c", SERVERS], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        addresses = json.loads(run.stdout.readline())
        names = ("DATABASE_URL_CORE_API", "CACHE_URL", "BROKER_URL")
        used = [urlsplit(addresses[name]).port for name in names]
        assert not any(map(ports.is_free, used))
        run.terminate()

    assert wait_until(lambda: all(map(ports.is_free, used)), seconds=20)
