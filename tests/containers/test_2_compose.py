"""compose.yaml: no start without secrets, and no container has rights that it does not need."""

import re

import pytest

from tests.support.engines.containers import compose, run

ONCE = {"migrate", "analytics-migrate", "seed"}
SERVICES = ONCE | {
    *(
        "haproxy",
        "core-api",
        "analytics-api",
        "worker",
        "relay",
        "recorder",
        "cache",
        "broker",
        "postgres",
    ),
}


def service(container):
    return container["Config"]["Labels"]["com.docker.compose.service"]


@pytest.fixture(scope="module")
def containers(shop):
    found = shop.containers()
    assert {service(container) for container in found} == SERVICES
    return found


def test_without_secrets_it_stops_with_a_sentence_that_says_what_to_do(built, tmp_path):
    empty = tmp_path / "env"
    empty.touch()
    refused = compose("--project-name", built.name, "--env-file", empty, "up", check=False)
    assert refused.returncode != 0
    assert "./escala secrets > docker/.env" in refused.stderr


def test_no_secret_has_a_default(built, tmp_path):
    env_file = tmp_path / "env"
    lines = built.env_file.read_text().splitlines()
    for name in built.secrets:
        env_file.write_text("\n".join(line for line in lines if not line.startswith(f"{name}=")))
        refused = compose("--env-file", env_file, "config", "--quiet", check=False)
        assert refused.returncode != 0, name
        assert name in refused.stderr


def test_every_container_is_non_root_and_read_only(containers):
    for container in containers:
        assert container["Config"]["User"] not in ("", "0", "root", "0:0"), service(container)
        assert container["HostConfig"]["ReadonlyRootfs"], service(container)


def test_no_process_in_any_container_is_roots(shop, containers):
    """`User` is the configured user; this checks the running processes."""
    for container in containers:
        if service(container) not in ONCE:
            rows = run("docker", "top", container["Id"], "-eo", "uid,pid,args").stdout.splitlines()[
                1:
            ]
            assert rows
            assert not [row for row in rows if row.split()[0] == "0"], service(container)


def test_every_container_has_no_capabilities_gains_none_and_has_limits(containers):
    for container in containers:
        host = container["HostConfig"]
        assert host["CapDrop"] == ["ALL"] and not host["CapAdd"], service(container)
        assert "no-new-privileges:true" in host["SecurityOpt"], service(container)
        assert 0 < host["Memory"] <= 2**30 and 0 < host["PidsLimit"] <= 256, service(container)
        assert not host["Privileged"]


def test_what_runs_is_healthy_and_restarted_and_what_runs_once_is_neither(containers):
    for container in containers:
        policy, state = container["HostConfig"]["RestartPolicy"]["Name"], container["State"]
        if service(container) in ONCE:
            assert (policy, state["ExitCode"]) == ("no", 0), service(container)
        else:
            assert (policy, state["Health"]["Status"]) == ("unless-stopped", "healthy"), service(
                container
            )


def test_only_haproxy_is_reachable_and_only_from_this_machine(containers):
    for container in containers:
        ports = container["NetworkSettings"]["Ports"].values()
        addresses = {binding["HostIp"] for bindings in ports for binding in bindings or []}
        assert addresses == ({"127.0.0.1"} if service(container) == "haproxy" else set()), service(
            container
        )


def test_the_data_has_no_way_out(shop):
    network = run(
        "docker", "network", "inspect", "--format", "{{.Internal}}", f"{shop.name}_back"
    ).stdout
    assert network.strip() == "true"


@pytest.mark.parametrize(("role", "other"), [("analytics", "core"), ("core", "analytics")])
def test_a_role_opens_its_own_database_and_not_the_other(shop, role, other):
    password = shop.secrets[f"{role.upper()}_DATABASE_PASSWORD"]

    def enter(database):
        psql = (
            f"psql --host 127.0.0.1 --username {role} --dbname {database} --command SELECT".split()
        )
        inside = ["exec", "--no-TTY", "--env", f"PGPASSWORD={password}", "postgres"]
        return shop.compose(*inside, *psql, check=False)

    assert enter(role).returncode == 0
    for closed in (other, "postgres"):
        refused = enter(closed)
        assert refused.returncode != 0
        assert re.search("permission denied for database", refused.stderr)


def test_the_broker_keeps_what_it_has_and_the_cache_need_not(shop):
    def setting(name, key):
        return shop.compose(
            "exec", "--no-TTY", name, "redis-cli", "config", "get", key
        ).stdout.split()[-1]

    assert [setting("broker", key) for key in ("appendonly", "maxmemory-policy")] == [
        "yes",
        "noeviction",
    ]
    assert [setting("cache", key) for key in ("appendonly", "maxmemory-policy")] == [
        "no",
        "allkeys-lru",
    ]
    assert int(setting("cache", "maxmemory")) > 0
