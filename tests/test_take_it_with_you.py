"""Each part of docs/take-it-with-you.md works in an empty Django project, with only its files."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "take-it-with-you.md").read_text()
PARTS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", DOCUMENT, re.DOTALL | re.MULTILINE))
SETTINGS = """\
import os
from pathlib import Path

SECRET_KEY = "of an empty project"
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(__file__).parent / "db.sqlite3",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
"""
MANAGE = """\
import sys

from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
# Prints, after the script, the files of the project that it has imported.
IMPORTED = """
import sys
from pathlib import Path

for module in list(sys.modules.values()):
    file = getattr(module, "__file__", None)
    if file and Path(file).is_relative_to(Path.cwd()):
        print("imported", Path(file).relative_to(Path.cwd()))
"""


def copied(part):
    """The files and folders that the part's table names."""
    return re.findall(r"^\| `([^`]+)` \|", PARTS[part], re.MULTILINE)


def commands(part):
    """{name: file} of the commands of manage.py among them."""
    return {Path(name).stem: name for name in copied(part) if "/commands/" in name}


def written(part):
    """{file name: text} of the part's Python examples."""
    blocks = re.findall(r"^```python\n# (\S+)\n(.*?)^```", PARTS[part], re.DOTALL | re.MULTILINE)
    return dict(blocks)


def expected(part):
    return re.search(r"^```text\n(.*?)^```", PARTS[part], re.DOTALL | re.MULTILINE)[1]


def project(part, folder):
    """An empty Django project in `folder`, with the files of the part and nothing else of ours."""
    for name in copied(part):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if name.endswith("/") else shutil.copy
        copy(ROOT / name, folder / name)
    files = written(part)
    files["settings.py"] = SETTINGS + files["settings.py"]
    for name, text in {"manage.py": MANAGE, **files}.items():
        (folder / name).write_text(text)
    return folder


def remove_old_messages():
    """Delete what other tests left in the queues of the tests' broker."""
    url = os.environ.get("BROKER_URL", "")
    if url.startswith("redis://"):
        redis.Redis.from_url(url).delete("analytics", "relay")


def run(folder, *words, script=None):
    """The output of a command of manage.py, of which the database is the project's own."""
    variables = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "settings",
        "JWT_SIGNING_KEY": "a key of at least thirty-two bytes",
        "CACHE_URL": os.environ.get("CACHE_URL", ""),
        "BROKER_URL": os.environ.get("BROKER_URL", "memory://"),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=folder,
        env=variables,
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("part", PARTS)
def test_a_part_works_in_an_empty_project(part, tmp_path):
    folder = project(part, tmp_path)
    remove_old_messages()

    run(folder, "migrate", "--verbosity", "0")
    for command in commands(part):
        assert run(folder, command, "--help")
    modules = [name.removesuffix(".py").replace("/", ".") for name in commands(part).values()]
    imports = "".join(f"\nimport {module}" for module in modules)
    script = (folder / "try.py").read_text() + imports + IMPORTED
    lines = run(folder, "shell", "--verbosity", "0", script=script).splitlines()

    assert [line for line in lines if not line.startswith("imported ")] == expected(
        part
    ).splitlines()
    imported = {line.removeprefix("imported ") for line in lines if line.startswith("imported ")}
    needed = {name for name in copied(part) if name.endswith(".py")}
    assert needed - imported == set()


def test_the_parts_are_those_that_engineers_ask_for():
    assert set(PARTS) == {"Caching", "Tokens", "Outbox", "Idempotent orders", "Jobs"}
