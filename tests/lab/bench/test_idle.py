"""Tables and targets of `./escala bench --idle` from made-up rounds."""

import pytest

from lab.__main__ import main
from lab.bench import fleet, idle, report, targets
from lab.bench.fleet import Use
from lab.bench.idle import Round
from lab.errors import Failure
from tests.support.shapes import assert_recorded_shape


def document_of(*rounds, delays=(0.2, 0.3)):
    document = {"rows": idle.table(list(rounds)), "event_seconds": list(delays)}
    figures = targets.idle_figures(document)
    return document | {"figures": figures, "targets": targets.idle_targets(figures)}


def round_of(relay=(0.1, 40), postgres=(0.1, 60), seconds=10):
    return Round(seconds, {"relay": Use(*relay), "postgres": Use(*postgres)})


def test_a_row_is_the_median_of_its_rounds_as_a_share_of_one_core():
    rounds = [round_of(), round_of(relay=(0.4, 80), seconds=20), round_of(relay=(9, 9000))]

    relay, postgres, everything = idle.table(rounds)

    assert (relay["name"], relay["cpu_percent"], relay["wakeups_per_second"]) == ("relay", 2, 4)
    assert (postgres["cpu_percent"], postgres["wakeups_per_second"]) == (1, 6)
    assert everything["name"] == "all processes"
    assert relay["spread"] > 1 > postgres["spread"]


def test_the_last_row_is_the_sum_of_all_parts():
    *_, everything = idle.table([round_of()] * 2)

    assert (everything["cpu_percent"], everything["wakeups_per_second"]) == (2, 10)


def test_a_part_that_uses_nothing_has_no_spread():
    relay, *_ = idle.table([round_of(relay=(0, 0)), round_of(relay=(0, 0)), round_of()])

    assert (relay["cpu_percent"], relay["spread"]) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, []),
        ({"relay": (0.102, 40)}, ["all processes, % of one core"]),
        ({"delays": (0.1, 1.0)}, []),
        ({"delays": (0.1, 1.001)}, ["an order is in analytics, slowest, s"]),
    ],
)
def test_a_figure_beyond_its_limit_is_missed_and_no_other(changes, missed):
    delays = changes.pop("delays", (0.2,))
    found = document_of(round_of(**changes), delays=delays)["targets"]

    assert [name for name, target in found.items() if not target["met"]] == missed


def test_what_a_part_used_is_the_difference_of_two_readings():
    before, after = {"relay": Use(1.5, 10)}, {"relay": Use(2.0, 14)}

    assert fleet.difference(before, after) == {"relay": Use(0.5, 4)}


@pytest.mark.parametrize("after", [{}, {"relay": Use(2, 14), "core-1": Use(1, 1)}])
def test_a_part_that_came_or_went_meanwhile_spoils_the_measurement(after):
    with pytest.raises(Failure, match="not the same processes"):
        fleet.difference({"relay": Use(1.5, 10)}, after)


def test_the_table_fits_into_80_columns_and_says_which_targets_were_missed():
    lines = report.idle_as_text(document_of(round_of(relay=(900, 10**6)), delays=(9.5, 19.5)))

    assert max(map(len, lines.splitlines())) <= 80
    assert "10 orders" not in lines and "2 orders, in analytics after 9.50 to 19.50 s" in lines
    assert lines.count("missed") == 2


def test_the_json_of_an_idle_system_has_every_recorded_field():
    assert_recorded_shape("bench --idle", document_of(round_of()))


@pytest.mark.parametrize("other", ["--peers", "--write", "--growth"])
def test_idle_refuses_what_it_does_not_measure(other, capsys):
    assert main(["bench", "--idle", other]) == 2
    assert "cannot be combined" in capsys.readouterr().err
