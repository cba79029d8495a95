"""A whole system for the soak test."""

import pytest

from tests.support.laptop import Laptop


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    try:
        laptop.run("up")
        yield laptop
    finally:
        laptop.run("down")
