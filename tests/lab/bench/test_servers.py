"""The Gunicorns of a benchmark: there while they are asked, and gone afterwards, however that
ends."""

import os

import pytest

from lab.bench import servers
from lab.bench.servers import Target, running
from lab.stack import ports


@pytest.fixture
def target(home, tmp_path):
    body = tmp_path / "page.json"
    body.write_text("{}")
    target = Target(
        home, "bare", "lab.bench.peers.bare", dict(os.environ) | {"BARE_BODY": str(body)}
    )
    yield target
    target.end()


def test_a_target_listens_while_it_is_asked_and_leaves_nothing_behind(target):
    with running([target]):
        assert not ports.is_free(target.port)

    assert target.process.returncode is not None
    assert ports.is_free(target.port)


def test_who_interrupts_the_start_leaves_no_target_behind(target, monkeypatch):
    def interrupt(*args, **limits):
        raise KeyboardInterrupt

    monkeypatch.setattr(servers, "wait_until", interrupt)

    with pytest.raises(KeyboardInterrupt), running([target]):
        pytest.fail("it was interrupted before")

    assert target.process.returncode is not None
