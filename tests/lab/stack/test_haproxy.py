import http.server
import re
import resource
import subprocess
import threading
import time

import pytest

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import environment, haproxy, ports, processes
from lab.stack.desired import DesiredState
from lab.stack.home import Home

HEADER = "# pxname,svname,status,stot,last_chk,addr,iid,\n"
ROWS = [
    "shop,FRONTEND,OPEN,9,,,1,\n",
    'core,core-1,UP,4,"L7STS, ""HTTP 503"", twice",127.0.0.1:8101,2,\n',
    "core,core-2,MAINT,,,127.0.0.1:8102,2,\n",
    "core,BACKEND,UP,4,,,2,\n",
    "core_long,core-1,UP,3,,127.0.0.1:8101,3,\n",
    "core_long,BACKEND,UP,3,,,3,\n",
]


class Page(http.server.BaseHTTPRequestHandler):
    broken = False

    def do_GET(self):
        self.send_response(503 if Page.broken else 200)
        self.end_headers()
        self.wfile.write((HEADER + "".join(ROWS)).encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture
def stats():
    Page.broken = False
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield haproxy.Stats(f"127.0.0.1:{server.server_port}", user="stats", password="secret")
        server.shutdown()


def test_a_comma_in_a_quoted_field_does_not_shift_the_columns_behind_it(stats):
    core_1 = next(row for row in stats.listeners if row.svname == "core-1")

    assert core_1.addr == "127.0.0.1:8101"
    assert core_1.last_chk == 'L7STS; "HTTP 503"; twice'
    assert [row.name for row in stats.backends] == ["core", "core_long"]


def test_it_recovers_after_an_outage(stats):
    Page.broken = True
    stats.update()
    assert stats.failed
    assert stats.listeners == []

    Page.broken = False
    stats.update()
    assert not stats.failed
    assert len(stats.listeners) == 3


def test_requests_of_an_instance_are_added_up_over_its_backends(stats):
    assert haproxy.instances(stats) == [
        {"name": "core-1", "state": "UP", "requests": 7},
        {"name": "core-2", "state": "MAINT", "requests": 0},
    ]


@pytest.mark.parametrize(("limit", "is_refused"), [(1024, True), (4041, True), (4042, False)])
def test_too_few_open_files_are_refused_before_anything_starts(
    home, monkeypatch, limit, is_refused
):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limit, limit))

    if is_refused:
        with pytest.raises(Failure, match=f"{limit} files") as refused:
            haproxy.check_configuration(home, DesiredState())
        assert "ulimit -n 4042" in refused.value.next_step
    else:
        haproxy.check_configuration(home, DesiredState())


def test_haproxy_starts_with_the_empty_slots_closed(tmp_path):
    home = Home(tmp_path / "home", ports.free_base())
    home.create()
    haproxy.write_first_state(home, DesiredState(core=1))
    variables = environment.of_process(home, DesiredState(core=1), "haproxy")
    command = processes.command(home, "haproxy")
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    try:
        edge = haproxy.HAProxy(home)
        assert wait_until(edge.is_answering, seconds=10)
        states = {(row["pxname"], row["svname"]): row["status"] for row in edge.servers()}
        time.sleep(1)  # two checks fail: no instance runs
        reported = re.findall(r"Server (\S+) is DOWN", (tmp_path / "log").read_text())
    finally:
        process.terminate()
        process.wait(10)

    open_slots = {("core", "core-1"), ("core_long", "core-1"), ("analytics", "analytics-1")}
    assert {slot for slot, status in states.items() if not status.startswith("MAINT")} == open_slots
    assert set(reported) == {"/".join(slot) for slot in open_slots}
