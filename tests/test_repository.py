"""The files that describe the repository agree with each other and with the code."""

import re
import tomllib

import pytest
import yaml

from lab.stack.home import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENTS = (
    *("requirements.txt", "requirements-lab.txt"),
    *("lab/bench/peers/requirements.txt", "tests/kubernetes/requirements.txt"),
)


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


def test_pre_commit_runs_the_ruff_that_the_tests_run():
    configured = re.search(r"rev: v(\S+)", (ROOT / ".pre-commit-config.yaml").read_text())[1]

    assert configured == pins("requirements-lab.txt")["ruff", None][0]


def test_the_project_names_its_license_and_the_newest_version_of_the_changelog():
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    license = (ROOT / "LICENSE").read_text()

    assert versions[:2] == ["Unreleased", PROJECT["version"]]
    assert PROJECT["license"] == license.partition(" License")[0] == "MIT"
    assert "the Escala contributors" in license


def test_ci_runs_on_the_oldest_and_the_newest_python_of_the_project():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    oldest, newest = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()

    assert tested == [f"3.{oldest}", f"3.{int(newest) - 1}"]


@pytest.mark.parametrize("file", sorted(ROOT.glob(".github/**/*.yml")), ids=lambda file: file.name)
def test_the_files_of_the_host_are_valid_yaml(file):
    assert isinstance(yaml.safe_load(file.read_text()), dict)
