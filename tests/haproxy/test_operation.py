"""What an operator needs: the state file, the statistics page, and figures for programs."""

import stat

import pytest
from haproxystats import HAProxyServer

from tests.support.edge import PASSWORD, statistics_page, until


def test_a_killed_haproxy_knows_again_which_instances_were_set_aside(start_edge):
    edge = start_edge(core=2, analytics=1)
    edge.command("set server core/core-2 state maint")
    edge.state_file.write_text(edge.command("show servers state"))
    edge.kill("haproxy")
    edge.start_haproxy()
    assert edge.states()["core", "core-2"] == "MAINT"
    assert edge.states()["core_long", "core-2"].startswith("MAINT")
    assert {edge.get("/").headers["X-Served-By"] for _ in range(6)} == {"core-1"}

    edge.command("set server core/core-2 state ready")
    edge.state_file.write_text(edge.command("show servers state"))
    edge.kill("haproxy")
    edge.start_haproxy()
    until(lambda: edge.settled(edge.names), "core-2 back")


@pytest.mark.parametrize("content", [None, "", "not a state file\n"])
def test_without_a_state_file_haproxy_finds_the_living_by_itself(start_edge, content):
    edge = start_edge(core=2, analytics=1)
    edge.kill("haproxy")
    if content is not None:
        edge.state_file.write_text(content)
    edge.start_haproxy()
    until(lambda: edge.settled(edge.names), "instances up", 3)
    assert edge.get("/").status == 200


def test_only_the_owner_may_use_the_admin_socket(edge):
    assert stat.S_IMODE(edge.socket_path.stat().st_mode) == 0o600


@pytest.mark.parametrize("path", ["/", "/;csv;norefresh", "/metrics", "/anything"])
def test_the_statistics_require_the_password(edge, path):
    assert statistics_page(edge, path, user=None)[0] == 401
    assert statistics_page(edge, path, password="wrong")[0] == 401
    assert statistics_page(edge, path, password="")[0] == 401
    assert statistics_page(edge, path, user="admin")[0] == 401


def test_the_statistics_page_shows_the_instances_and_changes_nothing(edge):
    status, text = statistics_page(edge, "/")
    assert status == 200
    assert "core-8" in text
    assert 'method="post"' not in text.lower()
    assert 'name="action"' not in text.lower()


def test_prometheus_finds_its_figures_beside_the_page(edge):
    status, text = statistics_page(edge, "/metrics")
    assert status == 200
    assert 'haproxy_server_status{proxy="core",server="core-1",state="UP"} 1' in text


def test_haproxy_stats_reads_the_balance(edge):
    edge.get("/api/products/")
    server = HAProxyServer(f"127.0.0.1:{edge.stats}", user="stats", password=PASSWORD)
    backends = {backend.name: backend for backend in server.backends}
    assert {"core", "core_long", "analytics"} <= set(backends)
    states = {listener.name: listener.status for listener in backends["core"].listeners}
    assert len(states) == 8
    assert states["core-1"] == states["core-2"] == "UP"
    assert states["core-3"] != "UP"


def test_the_shops_address_shows_no_statistics(edge):
    assert edge.get("/;csv;norefresh").headers["X-Served-By"].startswith("core-")
    assert edge.get("/metrics").headers["X-Served-By"].startswith("core-")


@pytest.mark.parametrize("balance", ["roundrobin", "random"])
def test_the_way_of_balancing_is_chosen_by_the_environment(start_edge, balance):
    edge = start_edge(core=2, analytics=0, BALANCE=balance)
    assert {edge.get("/").headers["X-Served-By"] for _ in range(40)} == {"core-1", "core-2"}
