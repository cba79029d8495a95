import pytest

from lab.board.rates import Rates


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([(0, 0)], [None]),
        ([(0, 0), (1, 20)], [None, 20.0]),
        ([(0, 0), (1, 20), (1, 20), (1, 20)], [None, 20.0, 20.0, 20.0]),  # asked more often
        ([(0, 0), (0.5, 10), (0.6, 10), (1.1, 22)], [None, 20.0, 16.7, 20.0]),  # a look between
        ([(0, 0), (0.5, 10), (1, 20), (1.5, 20), (2, 20)], [None, 20.0, 20.0, 10.0, 0.0]),
        ([(0, 100), (1, 5), (2, 15)], [None, None, 10.0]),  # it began anew
        ([(0, 0), (60, 600), (61, 620)], [None, None, 20.0]),  # nobody looked for a minute
        ([(60, 0), (50, 10), (51, 20)], [None, None, 10.0]),  # the clock was set back
    ],
)
def test_a_rate_depends_on_when_its_counter_was_read(readings, expected):
    rates = Rates()

    assert [rates.of("core-1", count, at) for at, count in readings] == expected
