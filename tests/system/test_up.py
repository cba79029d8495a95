import socket
import stat
import urllib.request

import psutil
import psycopg
import pytest

from lab.stack import credentials, postgres, process_tree
from tests.support.laptop import Laptop
from tests.support.shapes import assert_recorded_shape


def get(address):
    with urllib.request.urlopen(address, timeout=5) as answer:
        return answer.status, answer.headers


def test_after_up_every_part_runs_and_takes_requests(laptop):
    status = laptop.status()

    assert status["healthy"]
    assert {row["name"]: row["state"] for row in status["processes"]} == dict.fromkeys(
        [
            *("postgres", "cache", "broker", "relay", "recorder-1"),
            *("core-1", "core-2", "analytics-1", "worker-1", "haproxy"),
        ],
        "running",
    )
    assert {row["name"]: row["state"] for row in status["instances"]} == dict.fromkeys(
        ["core-1", "core-2", "analytics-1"], "UP"
    )
    assert status["levers"]["CACHE"] == "redis"
    assert 0 < status["memory_mb"] < 1200


@pytest.mark.parametrize("command", ["status", "audit"])
def test_the_json_of_a_command_has_every_recorded_field(laptop, command):
    assert_recorded_shape(command, laptop.json(command))


def test_the_addresses_and_logins_that_it_prints_work(laptop):
    status = laptop.status()

    assert get(status["addresses"]["front"])[0] == 200
    login = status["logins"]["stats"]
    opener = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    opener.add_password(None, status["addresses"]["stats"], login["username"], login["password"])
    page = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(opener)).open(
        status["addresses"]["stats"]
    )
    assert b"core-1" in page.read()


def test_up_again_touches_nothing_that_runs(laptop):
    before = laptop.processes()

    laptop.run("up")

    assert laptop.processes() == before


def test_no_secret_is_in_a_command_line_a_log_or_a_file_that_others_may_read(laptop):
    values = set(credentials.load(laptop.home).values())
    commands = [
        " ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])
    ]
    logs = [path.read_text(errors="replace") for path in laptop.home.logs.iterdir()]

    assert not [text for text in commands + logs for value in values if value in text]
    for path in laptop.home.folder.rglob("*"):
        if (
            path.is_file()
            and stat.S_IMODE(path.stat().st_mode) & 0o077
            and path.stat().st_size < 1e6
        ):
            assert not [value for value in values if value.encode() in path.read_bytes()], path


@pytest.mark.parametrize(
    ("role", "other"), [("core", "analytics"), ("analytics", "core"), ("core", "postgres")]
)
def test_a_service_opens_its_own_database_and_no_other(laptop, role, other):
    password = credentials.load(laptop.home)[f"{role.upper()}_DATABASE_PASSWORD"]
    port = laptop.home.port("postgres")

    postgres.connect(port, role, password).close()
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        postgres.connect(port, role, password, other)


def test_the_servers_listen_on_loopback_only(laptop):
    family = {process.pid for process in process_tree.processes_of(laptop.home)}
    listening = [
        connection.laddr.ip
        for connection in psutil.net_connections("tcp")
        if connection.pid in family and connection.status == psutil.CONN_LISTEN
    ]

    assert len(listening) >= 8
    assert set(listening) == {"127.0.0.1"}


def test_postgres_has_its_shared_memory_in_the_home_and_not_in_dev_shm(laptop):
    # A logout of the user who started it may clear /dev/shm.
    assert laptop.sql("core", "SHOW dynamic_shared_memory_type") == [("mmap",)]


def test_logs_shows_one_process_or_all_of_them(laptop):
    written = laptop.home.log("postgres").read_text().splitlines()
    assert written[-1] in laptop.run("logs", "postgres").stdout.splitlines()
    assert {"core-1.log", "relay.log", "supervisor.log"} <= set(
        laptop.run("logs").stdout.replace("/", " ").split()
    )


def test_a_clean_start_reports_no_instance_as_failed(tmp_path):
    second = Laptop(tmp_path / "second")
    try:
        second.run("up")
        log = second.home.log("haproxy").read_text()
    finally:
        second.run("down", "--wipe")

    assert "ALERT" not in log
    assert "is DOWN" not in log


def test_logs_of_a_process_that_never_ran_says_so(laptop):
    assert "core-7 has no log yet" in laptop.run("logs", "core-7", code=1).stderr


def test_commands_use_the_ports_of_the_running_system(laptop, monkeypatch):
    status = laptop.json("status")
    monkeypatch.setitem(laptop.environment, "ESCALA_PORT_BASE", "64000")

    assert laptop.json("status")["addresses"] == status["addresses"]
    assert laptop.json("status")["processes"] == status["processes"]
    laptop.run("audit")


def test_a_lever_is_changed_while_it_runs(laptop):
    assert get(f"{laptop.front}/api/products/")[1]["X-Cache"] in ("redis", "miss")

    laptop.run("up", "--set", "CACHE=off")
    assert get(f"{laptop.front}/api/products/")[1]["X-Cache"] == "off"
    assert laptop.json("status")["levers"]["CACHE"] == "off"

    laptop.run("up", "--set", "CACHE=redis")
    assert get(f"{laptop.front}/api/products/")[1]["X-Cache"] in ("redis", "miss")


def test_a_taken_port_is_refused_before_anything_starts(tmp_path):
    laptop = Laptop(tmp_path / "refused")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", laptop.home.port("broker")))
        stranger.listen()

        error = laptop.json("up", code=1)["error"]

    assert str(laptop.home.port("broker")) in error["what"]
    assert "pid" in error["what"]
    assert not process_tree.processes_of(laptop.home)
