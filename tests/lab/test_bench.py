"""What is made of a benchmark's samples; the measuring itself is `./escala bench`, for a person to run."""

import pytest

from lab import bench, wrk
from lab.ratios import ratios


def row(name, spent, rate=100):
    return {"name": name, "cpu_us_per_request": spent, "requests_per_second": rate, "spread": 0.1}


def test_a_ratio_is_told_when_both_its_rows_were_measured():
    told = ratios([row("bare", 100), row("redis", 300), row("redis+token", 350), row("off", 3000)])

    assert told == {
        "processor time: redis / bare": 3.0,
        "processor time: what a token adds / bare": 0.5,
    }


def test_a_row_is_the_median_of_its_rounds_with_the_range_of_the_middle_half():
    samples = [(100.0, 50.0), (110.0, 40.0), (120.0, 45.0), (900.0, 5.0), (90.0, 60.0)]

    told = bench._summary("redis", samples)

    assert (told["cpu_us_per_request"], told["requests_per_second"]) == (110, 45)
    assert told["spread"] > 1


def test_a_row_without_a_process_of_ours_has_throughput_alone():
    told = bench._summary("edge", [(None, 10.0), (None, 20.0), (None, 30.0)])

    assert told["cpu_us_per_request"] is None
    assert told["requests_per_second"] == 20


def test_the_table_fits_into_80_columns():
    rows = [row("without HAProxy", 123_456, 1_234_567), row("edge", None), row("bare", 100)]
    document = {"rows": rows, "ratios": {"x" * 58: 12.345}, "left_out": {"near": "it needs Redis 7.4"}}

    assert max(map(len, bench.as_text(document).splitlines())) <= 80


def test_load_that_cannot_reach_its_server_says_so():
    with pytest.raises(bench.Failure, match="could not ask"):
        wrk.run("http://127.0.0.1:1/", seconds=1, connections=1)
