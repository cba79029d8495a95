"""Tables, ratios and the chart of `./escala bench` from made-up samples."""

import os
import xml.etree.ElementTree as XML
from contextlib import nullcontext

import pytest

from lab.bench import report, rows, servers, tiers
from lab.bench.report import chart, finding
from lab.bench.rows import Row, Sample
from lab.bench.targets import RATIOS, ratio_targets, ratios
from lab.errors import Failure
from lab.workload import wrk
from tests.support.shapes import assert_recorded_shape


def row(name, spent, rate=100, fleet=None):
    cpu = {"cpu_us_per_request": spent, "fleet_cpu_us_per_request": fleet}
    return {"name": name, **cpu, "requests_per_second": rate, "spread": 0.1}


def document_of(*table):
    values = ratios(table)
    return {
        "rows": list(table),
        "ratios": values,
        "targets": ratio_targets(values),
        "left_out": {"plain": "only with --peers"},
        "machine": {"processor": "A processor", "cores": 2, "system": "Linux 6"},
        "versions": {"Python": "3.11", "Django": "5.2", "gunicorn": "27"},
        "commit": "abc1234",
    }


PAGES = [
    row("bare", 100),
    row("near", 140),
    row("redis", 300, fleet=1450),
    row("redis+token", 350),
    row("plain", 2000),
]


def test_a_ratio_exists_when_its_rows_were_measured():
    values = ratios(
        [row("bare", 100), row("redis", 300), row("redis+token", 350), row("off", 3000)]
    )

    assert values == {"CPU: redis / bare": 3.0, "CPU: what a token adds / bare": 0.5}


@pytest.mark.parametrize(
    ("name", "met", "missed"),
    [
        ("CPU: off / plain", 0.6, 0.601),
        ("CPU: order / order plain", 0.75, 0.751),
        ("  the same, 10 lines", 0.4, 0.401),
        ("requests/s: edge / plain", 50, 49.9),
        ("rows/s: import / django-import-export", 3, 2.99),
        ("requests/s: through HAProxy / without", 0.92, 0.919),
        ("CPU: what a token adds / bare", 0.5, 0.501),
        ("CPU: near / bare", 1.35, 1.351),
    ],
)
def test_a_target_is_met_at_its_limit_and_missed_beyond_it(name, met, missed):
    assert ratio_targets({name: met})[name]["met"] is True
    assert ratio_targets({name: missed})[name]["met"] is False


def test_every_ratio_has_exactly_one_limit():
    assert [
        ratio.name for ratio in RATIOS if (ratio.at_most is None) == (ratio.at_least is None)
    ] == []


def test_a_row_is_the_median_of_its_rounds_with_the_range_of_the_middle_half():
    figures = [(100.0, 50.0), (110.0, 40.0), (120.0, 45.0), (900.0, 5.0), (90.0, 60.0)]

    summary = rows.summary("redis", [Sample(spent, rate, 1.0) for spent, rate in figures])

    assert (summary["cpu_us_per_request"], summary["requests_per_second"]) == (110, 45)
    assert summary["spread"] > 1


def test_a_single_round_has_no_spread():
    assert rows.summary("redis", [Sample(100.0, 50.0, 1.0)])["spread"] == 0


def test_all_processes_of_a_row_are_the_median_of_its_rounds_too():
    summary = rows.summary("edge", [Sample(None, 50.0, 1.0, cpu) for cpu in (900.0, 20.0, 30.0)])

    assert summary["fleet_cpu_us_per_request"] == 30


def test_a_row_of_work_counts_in_its_own_units():
    end = iter([1, 7, 7])
    row = Row("import", pid=os.getpid(), work=lambda: next(end))

    first, second = rows.measure(lambda: [row], repeats=2, seconds=1)["import"]

    assert first.rate == pytest.approx(7000 / (7 * first.p50_ms))
    assert first.cpu_us >= 0 and first.fleet_us is second.fleet_us is None


def test_a_row_without_a_process_has_throughput_only():
    summary = rows.summary("edge", [Sample(None, rate, 1.0) for rate in (10.0, 20.0, 30.0)])

    assert summary["cpu_us_per_request"] is summary["fleet_cpu_us_per_request"] is None
    assert summary["requests_per_second"] == 20


def test_the_json_of_a_benchmark_has_every_recorded_field(monkeypatch):
    """`./escala bench` with made samples: the measuring itself takes minutes."""
    measured = {
        name: [Sample(100.0, 50.0, 1.0)] * 2 for name in (*tiers.TIERS, "bare", "redis+token")
    }
    measured |= {"plain": measured["bare"], "edge": [Sample(None, 50.0, 1.0)] * 2}
    monkeypatch.setattr(tiers, "system", lambda **choices: nullcontext())
    monkeypatch.setattr(tiers, "_servers", lambda home, peers: ([], {"plain": "not installed"}))
    monkeypatch.setattr(servers, "running", lambda made: nullcontext())
    monkeypatch.setattr(rows, "measure", lambda make_rows, **length: measured)

    assert_recorded_shape("bench", tiers.bench())


def test_the_table_fits_into_80_columns_and_says_which_targets_were_missed():
    table = [row(name, 123_456, 1_234_567) for name in ("plain", "cacheops", "through HAProxy")]
    table += [row(name, 123_456, 9, 1_234_567) for name in ("without HAProxy", "redis", "edge")]

    lines = report.as_text(document_of(*table)).splitlines()

    assert max(map(len, lines)) <= 80
    (edge,) = [line for line in lines if line.startswith("requests/s: edge")]
    assert edge.split()[-3:] == [">=", "50", "missed"]


def test_the_readme_shows_the_table_between_its_marks_and_keeps_the_rest(tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text(
        "before\n<!-- written by `./escala bench --peers --write` -->\nold\n<!-- end -->\nafter\n"
    )
    monkeypatch.setattr(report, "README", readme)

    report.write_readme(document_of(*PAGES))
    report.write_readme(document_of(*PAGES))

    lines = readme.read_text().splitlines()
    assert "| redis | 300 | 3.0 | 1,450 | 100 |" in lines
    assert (lines[0], lines[-1]) == ("before", "after")
    assert "old" not in lines and lines.count("<!-- end -->") == 1


def test_the_readme_of_this_tree_has_the_marks():
    assert report.MARKS.search(report.README.read_text())


def test_the_same_document_gives_the_same_chart_titled_with_the_finding():
    first, second = (chart(document_of(*PAGES)) for _ in range(2))

    assert first == second
    assert XML.fromstring(first).tag.endswith("svg")
    assert finding({"plain": 2000, "redis": 400, "near": 200, "bare": 100}) == (
        "A page from stock DRF takes 5.0 times the processor time of redis,"
        " and 10.0 times that of near"
    )


def test_load_that_cannot_reach_its_server_says_so():
    with pytest.raises(Failure, match="could not request"):
        wrk.run("http://127.0.0.1:1/", seconds=1, connections=1)
