import pytest

from lab import testing
from lab.stack.home import ROOT


@pytest.mark.parametrize(
    ("arguments", "suite", "for_pytest"),
    [
        (["--containers", "-x"], {"containers": ["tests/containers"]}, ["-x"]),
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
    assert testing.chosen_suites(arguments) == suite
    assert testing.options(arguments) == for_pytest


def test_without_a_path_each_folder_is_in_one_suite_unless_an_option_selects_it():
    suites = testing.chosen_suites(["-x", "-k", "order"])

    chosen = [path for paths in suites.values() for path in paths]
    folders = [
        f"tests/{path.name}"
        for path in (ROOT / "tests").iterdir()
        if path.is_dir() and path.name[0] != "_"
    ]
    assert len(chosen) == len(set(chosen))
    assert set(folders) - set(chosen) == set(folders) & set(testing.INSTEAD.values())
    assert "tests/test_boundaries.py" in suites["lab"]


@pytest.mark.parametrize(
    ("path", "suite"),
    [
        ("tests/core_api", "core_api"),
        ("tests/core_api/conftest.py", "core_api"),
        ("tests/analytics_api", "analytics_api"),
        ("tests/lab/stack/test_ports.py", "lab"),
        (
            "tests/lab/stack/test_ports.py::test_a_free_base_leaves_room_for_a_whole_system",
            "lab",
        ),
    ],
)
def test_a_path_chooses_its_suite_and_no_other(path, suite):
    suites = testing.chosen_suites(["-x", path])

    assert suites == {name: [path] if name == suite else [] for name in suites}


def test_what_follows_an_option_is_not_taken_for_a_path():
    arguments = ["-k", "tests/lab", "-x", "tests/lab", "--tb", "short"]

    assert testing.paths(arguments) == ["tests/lab"]
    assert testing.options(arguments) == ["-k", "tests/lab", "-x", "--tb", "short"]


@pytest.mark.parametrize(("code", "told"), [(0, False), (1, True)])
def test_a_check_that_failed_is_named_again_below_the_totals(monkeypatch, capsys, code, told):
    monkeypatch.setattr(testing, "CHECKS", (("ruff", "check"), ("mypy",)))
    monkeypatch.setattr(testing, "run_suites", lambda given, suites: [0])
    monkeypatch.setattr(
        testing.subprocess, "call", lambda words, cwd: code if "mypy" in words else 0
    )

    assert testing.test([]) == code

    assert ("failed before the tests: mypy" in capsys.readouterr().out) == told
