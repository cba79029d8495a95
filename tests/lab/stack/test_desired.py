"""The file with the desired state, as it was saved and as a power cut leaves it."""

import json

import pytest

from lab.errors import Failure
from lab.stack import desired, levers
from lab.stack.desired import DesiredState
from lab.stack.home import Home

GOOD = {"core": 2, "analytics": 1, "worker": 1, "levers": levers.DEFAULTS, "port_base": 9000}


def test_what_is_saved_is_loaded(home):
    state = DesiredState(core=4, levers=levers.DEFAULTS | {"CACHE": "off"})

    desired.save(home, state)

    assert desired.load(home) == state


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0" * 200,
        json.dumps(GOOD)[:40],
        "null",
        "[]",
        "{}",
        json.dumps(GOOD | {"core": "two"}),
        json.dumps(GOOD | {"worker": None}),
        json.dumps(GOOD | {"core": 99}),
        json.dumps(GOOD | {"levers": ["CACHE"]}),
        json.dumps(GOOD | {"levers": {"CACHE": "gold"}}),
        json.dumps(GOOD)[:-1] + "\udcff",
    ],
)
def test_a_damaged_file_is_named_with_the_way_on(home, text):
    path = home.config / "system.json"
    path.write_text(text, errors="surrogateescape")

    with pytest.raises(Failure, match="system.json") as refused:
        desired.load(Home(home.folder))

    assert "./escala down" in refused.value.next_step
    desired.forget(home)
    assert desired.load(home) == DesiredState()
