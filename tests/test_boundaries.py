"""The walls between the rooms: who may import whom, between the packages and inside an app."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "core_api": {"analytics_api", "lab", "tests"},
    "analytics_api": {"core_api", "lab", "tests"},
    "chassis": {"core_api", "analytics_api", "lab", "tests"},
    "lab": {"core_api", "analytics_api", "chassis", "tests"},
}
LAYERS = [
    "models",
    "caching",
    "services",
    "tasks",
    "views",
    "urls",
]  # each may import those before it
LONGEST = 250  # lines


def imported_modules(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports relatively: name the room"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files_of(package):
    return [file for file in (ROOT / package).rglob("*.py") if "migrations" not in file.parts]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_package_stays_in_its_room(package):
    files = files_of(package)
    assert files
    found = {name.partition(".")[0] for file in files for name in imported_modules(file)}
    assert not found & FORBIDDEN[package]


def apps():
    return sorted(
        models.parent
        for package in ("core_api", "analytics_api")
        for models in ROOT.glob(f"{package}/*/models.py")
    )


@pytest.mark.parametrize("app", apps(), ids=lambda app: f"{app.parent.name}.{app.name}")
def test_inside_an_app_imports_go_downstairs_only(app):
    own = f"{app.parent.name}.{app.name}."
    for height, layer in enumerate(LAYERS):
        file = app / f"{layer}.py"
        if not file.exists():
            continue
        above = {own + name for name in LAYERS[height + 1 :]}
        assert not above & set(imported_modules(file)), f"{file} imports from above"


def test_every_file_is_short_enough_to_read():
    files = [file for package in [*FORBIDDEN, "tests"] for file in files_of(package)]
    long = {
        str(file.relative_to(ROOT)): count
        for file in files
        if (count := len(file.read_text().splitlines())) > LONGEST
    }
    assert not long


def test_every_module_says_what_it_is_for():
    modules = [
        file for package in FORBIDDEN for file in files_of(package) if file.read_text().strip()
    ]
    silent = [
        str(file.relative_to(ROOT))
        for file in modules
        if not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not [
        name for name in silent if "/commands/" not in name
    ]  # a command says it in its help
