"""Tables and targets of `./escala bench --growth` from made-up samples."""

import pytest

from lab.__main__ import main
from lab.bench import growth, import_file, report, targets
from lab.bench.rows import Sample

SUMMARY = "/analytics/sales/summary/"


def samples(*milliseconds):
    return [Sample(None, 100.0, value) for value in milliseconds]


def document_of(
    page=(10, 12), order=(20, 22), summary=(5, 400), whole=30, validation=20, copy=2, peak=150
):
    milliseconds = {growth.PAGE: page, growth.ORDER: order, SUMMARY: summary}
    found = {
        f"{size} {name}": samples(*[both[place]] * 3)
        for name, both in milliseconds.items()
        for place, size in enumerate(("small", "large"))
    }
    seconds = {"whole_seconds": whole, "validation_seconds": validation, "copy_seconds": copy}
    document = {
        "sizes": {"small": growth.SMALL, "large": growth.LARGE},
        "rows": growth.table(found),
        "report": {"lines": 1_000_000, "seconds": 100.0, "peak_mb": peak},
        "import": {"rows": 100_000, **seconds},
    }
    figures = targets.growth_figures(document)
    return document | {"figures": figures, "targets": targets.growth_targets(figures)}


def missed(**changes):
    return [name for name, target in document_of(**changes)["targets"].items() if not target["met"]]


def test_a_row_compares_the_medians_of_both_shops():
    found = {"small page": samples(10, 90, 11), "large page": samples(22, 20, 1000)}

    (row,) = growth.table(found)

    assert (row["name"], row["small_ms"], row["large_ms"], row["ratio"]) == ("page", 11, 22, 2)
    assert row["spread"] > 1


def test_figures_at_their_limits_are_met():
    document = document_of(page=(10, 13), order=(10, 12), summary=(1, 500), whole=40, peak=200)

    assert [target["met"] for target in document["targets"].values()] == [True] * 6
    assert document["figures"]["import: all but validation / COPY"] == 10


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"page": (10, 13.1)}, "page missed by the cache, large / small"),
        ({"order": (10, 12.1)}, "order, large / small"),
        ({"summary": (1, 501)}, "slowest address of analytics, large, ms"),
        ({"copy": 0.9}, "import: all but validation / COPY"),
        ({"whole": 41, "copy": 9}, "import: whole / validation"),
        ({"peak": 201}, "report: memory, MB"),
    ],
)
def test_a_figure_beyond_its_limit_is_missed_and_no_other(changes, name):
    assert missed(**changes) == [name]


def test_the_table_fits_into_80_columns_and_says_which_targets_were_missed():
    lines = report.growth_as_text(document_of(page=(10, 99_999), summary=(3, 99_999))).splitlines()

    assert max(map(len, lines)) <= 80
    (page,) = [line for line in lines if line.startswith("page missed by the cache, large")]
    assert page.split()[-3:] == ["<=", "1.3", "missed"]
    assert any(line.startswith("report of 1,000,000 lines") and "150 MB" in line for line in lines)


def test_the_large_shop_is_a_hundred_times_the_small_one_and_has_a_million_lines():
    assert all(growth.LARGE[name] == 100 * growth.SMALL[name] for name in growth.SMALL)
    assert growth.LARGE["orders"] * growth.LINES == growth.LARGE["facts"] == 1_000_000


def test_a_hundred_thousand_rows_fit_into_one_upload():
    header, first, second = import_file.text("GROWN1", 2).splitlines()
    last = ",".join(map(str, import_file.product("GROWN1", 99_999)))

    assert (first[:9], second[:9], len(last) > len(second)) == ("GROWN1-0,", "GROWN1-1,", True)
    assert len(f"{last}\r\n") * 100_000 + len(header) < 10 * 1024 * 1024


def test_growth_refuses_what_it_does_not_measure(capsys):
    assert main(["bench", "--growth", "--peers"]) == 2
    assert "./escala bench --growth" in capsys.readouterr().err
