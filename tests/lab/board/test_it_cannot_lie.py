"""Three patches take away what keeps the shop right. The board must show what comes of it."""

import time

import pytest

from lab.polling import wait_until
from lab.stack import credentials, postgres

SECONDS = 5  # from the cause to the number
PATIENCE = 60  # seconds; on a busy machine the board may say for a while that it does not know


@pytest.fixture
def viewer(lying):
    viewer = lying.viewer
    viewer.done("orders", value=100)
    viewer.done("rate", value=25)
    orders = viewer.truth()["acknowledged"]
    viewer.wait_for_truth(lambda truth: truth["acknowledged"] > orders + 20, seconds=30)
    yield viewer
    viewer.done("rate", value=0)


def test_orders_without_a_unique_key_are_doubled(lying, viewer):
    before = viewer.truth()["doubled"] or 0
    # What the frozen instance has is sent to another one, and it goes on with it afterwards.
    viewer.done("freeze", "core-1")
    wait_until(lambda: "HAProxy" in newest(viewer, "freeze")["text"], seconds=12)
    viewer.done("start", "core-1")

    assert truth_after(viewer, "doubled", above=before) > before


def truth_after(viewer, name, *, above):
    """A number of the truth line: as soon as it is above, or as the board knew it SECONDS later."""
    cause = time.time()

    def is_decided(truth):
        known = truth["as_of"] and truth[name] is not None
        return known and (truth[name] > above or truth["as_of"] > cause + SECONDS)

    return viewer.wait_for_truth(is_decided, seconds=PATIENCE)[name]


def newest(viewer, verb):
    return [act for act in viewer.snapshot()["acts"] if act["verb"] == verb][-1]


def test_events_that_are_not_acknowledged_in_time_are_travelling_then_doubled(lying, viewer):
    viewer.done("kill", "recorder-1")
    truth = viewer.wait_for_truth(
        lambda truth: truth["travelling"] and truth["oldest"] > 4, seconds=4 + SECONDS
    )
    before = truth["doubled"] or 0

    viewer.done("start", "recorder-1")  # each event is in its queue twice by now
    assert wait_until(lambda: copies(lying), seconds=60)

    assert truth_after(viewer, "doubled", above=before) > before


def copies(system):
    """How many events analytics has recorded again."""
    with database(system, "analytics") as connection:
        [(count,)] = connection.execute(
            "SELECT count(*) - count(DISTINCT order_id) FROM sales_recordedevent"
        )
    return count


def database(system, service):
    password = credentials.load(system.home)[f"{service.upper()}_DATABASE_PASSWORD"]
    return postgres.connect(system.home.port("postgres"), service, password)


def test_an_order_that_vanishes_is_lost(lying, viewer):
    viewer.done("rate", value=0)
    viewer.wait_for_truth(lambda truth: truth["travelling"] == 0, seconds=120)
    before, session = viewer.truth()["lost"], viewer.snapshot()["session"]
    assert before == 0
    with database(lying, "core") as connection:
        [(order,)] = connection.execute(
            "SELECT id FROM orders_order WHERE starts_with(idempotency_key, %s)"
            " ORDER BY created_at DESC LIMIT 1",
            [f"board/{session}/"],
        )
        for table, column in (
            ("orders_stockmovement", "order_id"),
            ("orders_orderline", "order_id"),
            ("orders_order", "id"),
        ):
            connection.execute(f"DELETE FROM {table} WHERE {column} = %s", [order])

    assert truth_after(viewer, "lost", above=0) == 1
