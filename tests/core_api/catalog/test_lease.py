"""A cache that refuses writes is not believed, during the fault and after it; on a real Redis."""

import signal

import pytest

from core_api.catalog import circuit_breaker, lease
from core_api.catalog.lease import Lease
from tests.support import refusals
from tests.support.edge import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LIST = "/api/products/"
PAGE = "/api/products/TEA-1/"


@pytest.fixture
def server(server, monkeypatch):
    # Readers of other processes do not know of a failure that this process has seen.
    monkeypatch.setattr(circuit_breaker, "PAUSE", 0)
    monkeypatch.setattr(lease, "LEASE", 1)
    return server


@pytest.fixture
def tea(make_product, server):
    return make_product("TEA-1", stock=3, price="12.50")


def price(api):
    return api.get(PAGE).json()["price"]


@pytest.mark.parametrize("refusal", refusals.REFUSALS, ids=lambda refusal: refusal.error)
def test_a_price_changed_while_the_cache_refuses_writes_is_seen(
    anonymous_api, staff_api, tea, server, refusal
):
    until(lambda: anonymous_api.get(PAGE)["X-Cache"] == "redis", "a cached page")
    server.folder.rmdir()  # so that it cannot save
    refusals.begin(server.client, refusal)
    for new in ("9.99", "8.88"):
        assert staff_api.patch(PAGE, {"price": new}).status_code == 200
        assert price(anonymous_api) == new
        assert anonymous_api.get(LIST).json()["results"][0]["price"] == new
    refusals.end(server.client, refusal)
    until(lambda: anonymous_api.get(PAGE)["X-Cache"] == "redis", "a cached page again")
    assert price(anonymous_api) == "8.88"


def test_a_process_that_noticed_nothing_of_the_fault_is_not_misled_after_it(
    anonymous_api, staff_api, tea, server, monkeypatch
):
    until(lambda: anonymous_api.get(PAGE)["X-Cache"] == "redis", "a cached page")
    known = Lease.epoch, Lease.believed_until
    refusals.begin(server.client, refusals.READ_ONLY)
    staff_api.patch(PAGE, {"price": "9.99"})
    refusals.end(server.client, refusals.READ_ONLY)
    monkeypatch.setattr(Lease, "epoch", known[0])
    monkeypatch.setattr(Lease, "believed_until", known[1])

    assert price(anonymous_api) == "9.99"


def test_the_writer_of_a_short_fault_invalidates_when_it_is_over(
    anonymous_api, staff_api, tea, server, monkeypatch
):
    monkeypatch.setattr(lease, "LEASE", 60)
    until(lambda: anonymous_api.get(PAGE)["X-Cache"] == "redis", "a cached page")
    server.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(lease.time, "sleep", lambda seconds: server.send_signal(signal.SIGCONT))

    staff_api.patch(PAGE, {"price": "9.99"})

    monkeypatch.undo()
    assert price(anonymous_api) == "9.99"


def test_two_faults_are_each_waited_out(server, monkeypatch):
    clock = 1000.0
    monkeypatch.setattr(lease.time, "monotonic", lambda: clock)
    monkeypatch.setattr(lease, "call_cache", refuse)
    waits = []
    for clock in (1000.0, 1000.5, 1001.0, 5000.0):  # noqa: B007
        assert not lease.is_written(None)
        waits.append(Lease.refused_last - Lease.refused_since < lease.LEASE)

    assert waits == [True, True, False, True]


def refuse(*_, **__):
    raise circuit_breaker.CacheDown()


def test_what_was_cached_before_a_lease_ended_is_not_used_after_it(anonymous_api, tea, server):
    until(lambda: anonymous_api.get(PAGE)["X-Cache"] == "redis", "a cached page")
    server.client.delete(":1:lease")
    lease.end_trust()

    assert anonymous_api.get(PAGE)["X-Cache"] == "miss"


def test_one_renewal_serves_all_reads_of_half_a_second(anonymous_api, tea, server, monkeypatch):
    monkeypatch.setattr(lease, "TRUST", 60)
    until(lambda: anonymous_api.get(PAGE)["X-Cache"] == "redis", "a cached page")
    before = server.client.info("commandstats")["cmdstat_set"]["calls"]

    for _ in range(5):
        assert anonymous_api.get(PAGE)["X-Cache"] == "redis"

    assert server.client.info("commandstats")["cmdstat_set"]["calls"] == before


def test_the_lease_is_kept_while_nobody_reads(server, monkeypatch):
    monkeypatch.setattr(lease, "TRUST", 0)
    epochs = []

    def end_the_lease(seconds):
        epochs.append(server.client.getdel(":1:lease"))
        if len(epochs) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(lease.time, "sleep", end_the_lease)
    with pytest.raises(KeyboardInterrupt):
        lease.keep()

    assert len(set(epochs) - {None}) == 3
