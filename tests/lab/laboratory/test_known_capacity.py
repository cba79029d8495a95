"""`./escala capacity` finds the capacity of servers whose capacity is known, or says why not."""

import pytest

from lab.analysis.capacity import Objective
from lab.laboratory import address, answer_report
from lab.laboratory.answer import RAW, Answer
from lab.workload import target
from tests.support.slots import slots


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """A function that measures an address in short attempts and returns the answer."""
    monkeypatch.setattr(address, "LONGEST", 1)
    monkeypatch.setattr(address, "PATIENCE", 1.5)

    def measure(url, p95=200, **options):
        tmp_path.joinpath(RAW).unlink(missing_ok=True)
        address.measure(
            target.target(url, **options), Objective(p95), guess=None, path=tmp_path / RAW
        )
        return Answer(tmp_path)

    return measure


def test_three_times_the_slots_have_three_times_the_capacity(measured):
    found = []
    for count in (2, 6):
        with slots(count, 0.04) as url:
            found.append(measured(url))

    one, three = found
    assert one.is_known and three.is_known
    assert 2 < three.interval.value / one.interval.value < 4.5
    for answer in found:
        assert answer.interval.low < answer.interval.value < answer.interval.high
        assert answer.first_failed.rate > answer.interval.value
        assert "the first rate that failed" in answer.as_text()
    assert answer_report.is_in(three.folder)


def test_a_server_that_dies_meanwhile_ends_the_search_with_what_was_carried(measured):
    with slots(4, 0.02, lives=150) as url:
        answer = measured(url)

    document = answer.as_document()
    assert not answer.is_known and not answer.is_sure
    assert "it does not answer for" in document["because"][0]
    assert document["carried"] > 0
    assert document["first_failed"]["why"].startswith(f"{document['attempts'][-1]['failed']} of")


def test_a_server_that_is_too_slow_for_one_request_has_no_capacity(measured):
    with slots(1, 0.25) as url:
        answer = measured(url, p95=200)

    assert not answer.is_known and not answer.attempts
    assert "one request alone takes" in answer.as_text()
    assert "no rate was carried" in answer.as_text()
