"""The table of `./escala bench --prices` from made-up samples, and what it compares."""

from pathlib import Path

import pytest

from lab import patches
from lab.__main__ import main
from lab.bench import prices, report
from lab.bench.prices import FRONT, PRICES, TABLES
from lab.bench.rows import Sample
from tests.support.shapes import assert_recorded_shape


def document_of(kept=(110, 2200), removed=(100, 2000), rounds=2):
    names = {price.request for price in PRICES}
    samples = {name: [Sample(kept[0], 9.0, 1.0, kept[1])] * rounds for name in names}
    samples |= {
        f"{price.patch}: {price.request}": [Sample(removed[0], 9.0, 1.0, removed[1])] * rounds
        for price in PRICES
    }
    return {"rows": prices.table(samples)}


@pytest.mark.parametrize(
    ("kept", "removed", "cpu", "fleet"),
    [
        ((110, 2200), (100, 2000), 10, 10),
        ((100, 3000), (100, 2000), 0, 50),
        ((50, 2000), (100, 2000), -50, 0),
    ],
)
def test_a_price_is_the_cost_with_the_protection_in_per_cent_of_that_without(
    kept, removed, cpu, fleet
):
    rows = document_of(kept, removed)["rows"]

    assert {(row["cpu_percent"], row["fleet_percent"]) for row in rows} == {(cpu, fleet)}


def test_a_price_is_the_median_of_its_rounds_with_the_smallest_and_the_largest():
    price, *_ = PRICES
    kept = [Sample(cpu, 9.0, 1.0, 1.0) for cpu in (110, 120, 250)]

    row = prices._line(price, kept, [Sample(100, 9.0, 1.0, 1.0)] * 3)

    assert (row["low"], row["cpu_percent"], row["high"]) == (10, 20, 150)


@pytest.mark.parametrize("price", PRICES, ids=lambda price: price.patch)
def test_a_patch_changes_the_server_that_is_compared(price):
    files = [Path(file) for file in patches.changed_files(patches.patch_named(price.patch))]
    packages = {"haproxy"} if price.request.startswith(FRONT) else {"core_api", "chassis"}

    assert {file.parts[0] for file in files} <= packages
    assert any("migrations" in file.parts for file in files) is (price.patch in TABLES)


def test_no_patch_is_compared_twice():
    assert len({price.patch for price in PRICES}) == len(PRICES)


def test_the_table_fits_into_80_columns():
    lines = report.prices_as_text(document_of((300, 3000), (100, 1000))).splitlines()

    assert max(map(len, lines)) <= 80
    assert len(lines) == 1 + len(PRICES)


def test_the_json_of_the_prices_has_every_recorded_field():
    assert_recorded_shape("bench --prices", document_of())


@pytest.mark.parametrize("other", ["--peers", "--write", "--growth", "--idle"])
def test_prices_refuses_what_it_does_not_measure(other, capsys):
    assert main(["bench", "--prices", other]) == 2
    assert "cannot be combined" in capsys.readouterr().err
