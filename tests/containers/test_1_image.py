"""The image: small, quick to build, and without anything that a running service does not need."""

import json
import time

from tests.support.engines.containers import ROOT, compose, run

BASE = "python:3.13-slim"
MEGABYTE = 1_000_000


def inside(image, script):
    """The output of a shell script in a new container of the image."""
    options = ["--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp"]
    return run("docker", "run", *options, image, "sh", "-c", script).stdout


def image_facts(name):
    return json.loads(run("docker", "image", "inspect", name).stdout)[0]


def test_it_is_built_from_nothing_in_three_minutes(built):
    assert built.seconds_to_build < 180


def test_it_is_built_again_in_15_seconds_after_a_change_of_the_code(built, tmp_path):
    """The build of a copy of the tree in which one module has a new line."""
    sources = (
        "requirements.txt manage.py gunicorn.conf.py chassis login_limits core_api analytics_api"
        " fixtures docker .dockerignore"
    )
    run("cp", "-R", *(ROOT / name for name in sources.split()), tmp_path)
    with open(tmp_path / "core_api" / "urls.py", "a") as module:
        module.write("\n# changed\n")
    env_file, image = tmp_path / "env", f"{built.image}-changed"
    env_file.write_text(built.env_file.read_text().replace(f"={built.image}\n", f"={image}\n"))
    began = time.monotonic()
    compose("--env-file", env_file, "build", file=tmp_path / "docker" / "compose.yaml")
    seconds = time.monotonic() - began
    run("docker", "image", "rm", image)
    assert seconds < 15


def test_it_adds_less_than_250_megabytes_to_its_base(built):
    assert image_facts(built.image)["Size"] - image_facts(BASE)["Size"] < 250 * MEGABYTE


def test_it_runs_as_a_number_that_is_not_root_and_has_labels(built):
    config = image_facts(built.image)["Config"]
    assert int(config["User"].split(":")[0]) > 0
    assert config["Labels"]["org.opencontainers.image.title"] == "Escala"


def test_it_holds_no_compiler_no_installer_and_nothing_of_the_lab(built):
    script = "for name in cc gcc g++ make; do command -v $name; done; ls /venv/bin /escala"
    found = set(inside(built.image, script).split())
    assert {"gunicorn", "celery", "manage.py"} <= found
    unwanted = {"/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/g++", "/usr/bin/make", "pip", "pytest"}
    assert found.isdisjoint(unwanted | {"supervisord", "lab", "tests", "escala", "haproxy"})


def test_it_holds_no_secret(built):
    """No file, no variable and no build step has one."""
    names = "-name '*secret*' -o -name '*_key' -o -name .env -o -name '*.sqlite3*'"
    assert inside(built.image, f"find /escala {names}") == ""
    variables = image_facts(built.image)["Config"]["Env"]
    assert not [entry for entry in variables if "KEY=" in entry or "PASSWORD=" in entry]
    steps = run("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", built.image).stdout
    assert "SECRET" not in steps and "PASSWORD" not in steps


def test_its_static_files_are_there_and_debug_is_off(built):
    assert inside(built.image, "echo $DEBUG").strip() == "off"
    for service in ("core", "analytics"):
        assert inside(built.image, f"cat $STATIC_FILES/{service}/admin/css/base.css")
