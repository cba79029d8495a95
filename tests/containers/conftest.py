"""One shop in containers for the whole suite, built at the start and removed at the end.

Without a container engine every test is skipped with the reason. The tests run in the order of the
file names.
"""

import shutil
import subprocess
import time

import pytest

from tests.support.engines.containers import Shop, eventually


def engine_is_missing():
    """Why these tests cannot run here, or None."""
    if not shutil.which("docker"):
        return "no container engine: the command `docker` is not installed"
    for command, problem in (
        (["docker", "info"], "the engine does not answer to `docker info`"),
        (["docker", "compose", "version"], "`docker compose` (version 2) is not installed"),
    ):
        if subprocess.run(command, capture_output=True).returncode:
            return f"no container engine: {problem}"
    return None


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The shop with a newly built image and no container; `seconds_to_build` is the build time."""
    if reason := engine_is_missing():
        pytest.skip(reason)
    shop = Shop(tmp_path_factory.mktemp("shop"))
    try:
        began = time.monotonic()
        shop.compose("build", "--no-cache")
        shop.seconds_to_build = time.monotonic() - began
        yield shop
    finally:
        shop.remove()


@pytest.fixture(scope="session")
def shop(built):
    """The shop, started and healthy, as after the first `docker compose up --wait`."""
    built.up()
    return built


@pytest.fixture
def two_instances(shop):
    """The shop with two instances of core, which HAProxy both considers UP."""
    shop.scale(2)
    eventually(lambda: shop.instances_up() == 2, 60, "two instances up")
    return shop
