"""One shop in containers for the whole suite, built from nothing; all of it is removed at the end.

Where no engine answers, every test here is skipped and says so. The tests run in the order of their
files' names.
"""

import shutil
import subprocess
import time

import pytest

from tests.support.containers import Shop, eventually


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
    """The shop with its image built from nothing, nothing started; `seconds_to_build` says how long
    that took."""
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
    """The shop up and healthy, as a newcomer's first `docker compose up --wait` leaves it."""
    built.up()
    return built


@pytest.fixture
def two_instances(shop):
    """The shop with two instances of core, both up in HAProxy's eyes, whatever the test before
    did."""
    shop.scale(2)
    eventually(lambda: shop.instances_up() == 2, 60, "two instances up")
    return shop
