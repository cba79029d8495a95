"""A trace without a running system: from the logs alone, and of ids that are none."""

import pytest

from lab.errors import Failure, WrongUsage
from lab.stack.tracing import timeline
from tests.lab.stack.tracing.test_haproxy_log import ID, line

EVENT = "ce6594d2-1541-4be7-814c-8f8e0d9a2e69"
SENT = f"2026-11-27 07:05:08,193 INFO relay - core_api.operations.relay: sent a.task {EVENT}"


@pytest.mark.parametrize(
    "given",
    ["", "short", "../../etc/passwd", "two words", "'quoted'", "x" * 65, "x" * 5000, "ümlauts-too"],
)
def test_what_cannot_be_an_id_is_wrong_usage_in_one_short_line(home, given):
    with pytest.raises(WrongUsage, match="is no id") as raised:
        timeline.trace(home, given)

    assert len(raised.value.what) < 120 and "X-Request-ID" in raised.value.next_step


def test_an_id_that_nothing_names_is_a_failure_that_says_where_to_look(home):
    home.log("haproxy").write_text(line())

    with pytest.raises(Failure, match=f"names {EVENT}") as raised:
        timeline.trace(home, EVENT)

    assert raised.value.code == 1 and "./escala logs haproxy" in raised.value.next_step


def test_where_no_system_ever_ran_there_is_nothing_to_trace(tmp_path):
    with pytest.raises(Failure, match="there is no system"):
        timeline.trace(timeline.Home(tmp_path / "nothing", 9000), ID)


@pytest.mark.parametrize("given", [ID, ID.upper()])
def test_a_request_is_traced_from_the_logs_alone_when_postgres_is_gone(home, given):
    home.log("haproxy").write_text(line(retries="+1", server="core-2"))
    home.log("core-2").write_text(
        f"2026-11-27 07:05:07,850 WARNING core-2 {ID} django.request: Conflict: /api/orders/\n"
        "  a further line\n"
    )

    document = timeline.trace(home, given)

    assert document["taken_for"] == ["request"]
    assert [entry["part"] for entry in document["timeline"]] == [
        *("haproxy", "core-2", "core-2", "haproxy")
    ]
    assert "attempt 2, another one than the first" in document["timeline"][-1]["what"]
    assert "the database of core does not answer" in document["notes"][0]


def test_a_line_without_a_request_is_found_by_the_id_of_its_event(home):
    home.log("relay").write_text(f"{SENT}\n{SENT.replace(EVENT, ID)}\n")

    document = timeline.trace(home, EVENT)

    assert [entry["part"] for entry in document["timeline"]] == ["relay"]
    assert document["timeline"][0]["at"] == "2026-11-27T07:05:08.193000+00:00"


def test_the_text_fits_into_80_columns(home):
    home.log("haproxy").write_text(line(504, retries="+4", end="sH" + "x" * 70))
    home.log("relay").write_text(SENT.replace(EVENT, f"{ID} {'word ' * 40}"))

    lines = timeline.as_text(timeline.trace(home, ID)).splitlines()

    assert max(map(len, lines)) <= 80
