"""The packages that each package may import, and the modules inside an app."""

import ast
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "core_api": {"analytics_api", "lab", "tests"},
    "analytics_api": {"core_api", "lab", "tests"},
    "chassis": {"core_api", "analytics_api", "login_limits", "lab", "tests"},
    "login_limits": {"core_api", "analytics_api", "lab", "tests"},
    "lab": {"core_api", "analytics_api", "login_limits", "chassis", "tests"},
}
LAYERS = [
    "models",
    "caching",
    "services",
    "tasks",
    "views",
    "urls",
]  # each may import those before it
# The packages of lab, from the top; each may import those of a later row, and nothing of its own.
LAB = (
    {"__main__"},
    {"cli"},
    {"testing"},
    {"laboratory"},
    {"experiments", "bench", "board"},
    {"workload"},
    {"patches"},
    {"stack"},
    {"analysis"},
    {"polling"},
    {"errors", "console", "under_lock"},
)
# The apps of a project, in order: each may import those before it.
APPS = {
    "core_api": ["accounts", "catalog", "orders", "jobs", "operations"],
    "analytics_api": ["accounts", "sales"],
}
LONGEST = 250  # lines of a file
LONGEST_FUNCTION = 50  # lines, a screen
MOST_MODULES = 25  # in a folder
LONGEST_TEST_NAME = 80  # characters


def imported_modules(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports relatively: name the package"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files_of(package):
    return [file for file in (ROOT / package).rglob("*.py") if "migrations" not in file.parts]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_package_imports_no_forbidden_package(package):
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


def lab_package(module):
    """`stack` for lab.stack.up; None for what is not lab's."""
    parts = module.split(".")
    return parts[1] if parts[0] == "lab" and len(parts) > 1 else None


@pytest.mark.parametrize(
    "height", range(len(LAB)), ids=lambda height: "+".join(sorted(LAB[height]))
)
def test_the_packages_of_lab_import_downwards_only(height):
    below = set().union(*LAB[height + 1 :])
    for package in LAB[height]:
        places = [ROOT / "lab" / package, ROOT / "lab" / f"{package}.py"]
        files = [
            file
            for place in places
            if place.exists()
            for file in sorted({place, *place.rglob("*.py")})
        ]
        imports = {
            (str(file.relative_to(ROOT)), name)
            for file in files
            if file.is_file()
            for name in imported_modules(file)
            if lab_package(name) not in (None, package)
        }
        assert not [pair for pair in imports if lab_package(pair[1]) not in below]


def test_every_package_of_lab_has_its_place_in_the_order():
    found = {path.stem for path in (ROOT / "lab").iterdir() if not path.name.startswith("__")}
    found -= {path.stem for path in (ROOT / "lab").iterdir() if path.suffix not in ("", ".py")}
    assert found | {"__main__"} == set().union(*LAB)


def test_no_module_of_lab_shadows_the_standard_library():
    assert not {file.stem for file in files_of("lab")} & set(sys.stdlib_module_names)


def test_no_folder_has_more_modules_than_a_reader_can_keep_in_mind():
    files = [file for package in [*FORBIDDEN, "tests"] for file in files_of(package)]
    counts = Counter(str(file.parent.relative_to(ROOT)) for file in files)
    assert not {folder: count for folder, count in counts.items() if count > MOST_MODULES}


@pytest.mark.parametrize(
    ("project", "app"), [(project, app) for project, names in APPS.items() for app in names]
)
def test_an_app_imports_only_the_apps_before_it(project, app):
    files = files_of(f"{project}/{app}")
    later = {f"{project}.{name}" for name in APPS[project][APPS[project].index(app) + 1 :]}
    assert files
    for file in files:
        found = {".".join(name.split(".")[:2]) for name in imported_modules(file)}
        assert not found & later, f"{file} imports a later app"


@pytest.mark.parametrize("project", APPS)
def test_the_order_of_the_apps_names_all_of_them(project):
    folders = (file.parent.name for file in (ROOT / project).glob("*/__init__.py"))
    assert sorted(folders) == sorted(APPS[project])


def test_operations_is_imported_by_nothing_else():
    files = [file for file in files_of("core_api") if "operations" not in file.parts]
    for file in files:
        assert not any("operations" in name for name in imported_modules(file)), file


def test_every_file_is_short_enough_to_read():
    files = [file for package in [*FORBIDDEN, "tests"] for file in files_of(package)]
    files += [ROOT / "escala", ROOT / "haproxy/haproxy.cfg", *(ROOT / "docker").glob("*.*")]
    long = {
        str(file.relative_to(ROOT)): count
        for file in files
        if (count := len(file.read_text().splitlines())) > LONGEST
    }
    assert not long


def test_every_function_fits_a_screen():
    functions = [
        (node.end_lineno - node.lineno + 1, f"{file.relative_to(ROOT)}: {node.name}")
        for package in [*FORBIDDEN, "tests"]
        for file in files_of(package)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert functions
    assert not [name for lines, name in functions if lines > LONGEST_FUNCTION]


def test_helpers_of_tests_are_in_tests_support():
    others = [file for file in files_of("tests") if ROOT / "tests/support" not in file.parents]
    helpers = [file for file in others if not file.match("test_*.py")]
    assert {file.name for file in helpers} <= {"conftest.py", "__init__.py"}


def test_the_name_of_a_test_is_a_short_sentence():
    names = {
        node.name
        for file in files_of("tests")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    assert names
    assert not [name for name in names if len(name) > LONGEST_TEST_NAME]


def test_every_module_says_what_it_is_for():
    modules = [
        file for package in FORBIDDEN for file in files_of(package) if file.read_text().strip()
    ]
    undocumented = [
        str(file.relative_to(ROOT))
        for file in modules
        if not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not [
        name for name in undocumented if "/commands/" not in name
    ]  # a command says it in its help


@pytest.mark.parametrize(
    ("packages", "most_files", "most_lines"),
    [(["core_api", "analytics_api", "chassis"], 90, 5819), (["chassis"], 17, 1123)],
    ids=["product", "chassis"],
)
def test_the_code_stays_small_enough_to_read(packages, most_files, most_lines):
    files = [file for package in packages for file in files_of(package)]

    assert len(files) <= most_files
    assert sum(len(file.read_text().splitlines()) for file in files) <= most_lines
