"""The files that describe the repository agree with each other and with the code."""

import re
import tomllib

import pytest

from lab.stack.home import ROOT

REQUIREMENTS = ("requirements.txt", "requirements-lab.txt", "lab/bench/peers/requirements.txt")


def pins(name):
    """{package with its marker: (version, number of hashes)} of a requirements file."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [
        line for line in text.splitlines() if line and not line.lstrip().startswith(("#", "-"))
    ]
    found = {}
    for line in lines:
        package, version, marker = re.match(
            r"([\w.-]+)==(\S+)(?: ; (.*?))?(?=\s+--|$)", line
        ).groups()
        found[package, marker] = (version, line.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_package_is_pinned_with_the_hashes_of_its_files(name):
    found = pins(name)

    assert found
    assert [package for package, (_, hashes) in found.items() if not hashes] == []


def test_packages_with_compiled_parts_have_hashes_for_many_platforms():
    found = pins("requirements-lab.txt")

    several = ("psycopg-binary", "numpy", "cffi", "aiohttp")
    assert min(hashes for (package, _), (_, hashes) in found.items() if package in several) > 20


def test_the_laboratory_runs_on_the_versions_of_the_services():
    services, laboratory = pins("requirements.txt"), pins("requirements-lab.txt")

    assert {package: laboratory.get(package) for package in services} == services


def test_the_type_checker_reads_files_that_exist():
    files = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]

    assert files
    assert [pattern for pattern in files if not list(ROOT.glob(pattern))] == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_requirements_file_includes_files_that_exist(name):
    included = re.findall(r"^-[rc] (\S+)", (ROOT / name).read_text(), re.MULTILINE)

    assert [file for file in included if not (ROOT / name).parent.joinpath(file).exists()] == []
