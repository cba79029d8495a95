"""UP: from nothing, or from whatever runs now, to the system that was asked for, healthy."""

import dataclasses
import os

from lab import console
from lab.errors import Failure
from lab.stack import (
    audit,
    credentials,
    desired,
    down,
    levers,
    manage,
    ports,
    postgres,
    process_tree,
    readiness,
    redis_servers,
    scale,
)
from lab.stack.haproxy import HAProxy, check_configuration
from lab.stack.supervisor import Supervisor

STORES = ("postgres", "cache", "broker")
# How much there is to begin with; a test or an experiment takes less, or more.
SEED = {
    "products": os.environ.get("SEED_PRODUCTS", "2000"),
    "orders": os.environ.get("SEED_ORDERS", "5000"),
    "seed": "1",
}


def up(home, *, replicas=None, workers=None, settings=(), amounts=None):
    """Starts or changes the system; returns when every part is healthy and analytics has every
    event.

    `amounts` is how much there is to begin with, where it differs from SEED.
    """
    before = desired.load(home)
    now = dataclasses.replace(
        before,
        core=before.core if replicas is None else desired.check_count("core", replicas),
        worker=before.worker if workers is None else desired.check_count("worker", workers),
        levers=before.levers | levers.parse(settings),
    )
    levers.check_possible(now.levers)
    supervisor = Supervisor(home)
    if supervisor.is_alive():
        _refuse_other_ports(home)
        _wake(supervisor)
        running = _running(supervisor)
    else:
        down.clear_leftovers(home)
        home.server_state.unlink(missing_ok=True)  # it also knows the ports of last time
        running = set()
    ports.check(home, set(now.names()) - running)
    check_configuration(home, now)

    desired.save(home, now)
    supervisor.is_alive() or supervisor.start()
    _start_stores(supervisor)
    with console.step("databases migrated"):
        manage.manage(
            home, now, ("core", "migrate", "--no-input"), ("analytics", "migrate", "--no-input")
        )
    for name in now.names():
        supervisor.start_process(name)
    _seed_once(home, now, SEED | (amounts or {}))
    with console.step(
        f"{len(now.instances())} instances, {now.worker} workers, relay and recorder ready"
    ):
        readiness.wait_ready(supervisor, now.names())
        HAProxy(home).close_other_slots(now.instances())
        HAProxy(home).enable(now.instances())
    _apply_changes(supervisor, before, now, running)
    if now.levers["ANALYTICS"] == "events":
        with console.step("analytics has every order"):
            audit.wait_finished(home, audit.EVENTS)


def _running(supervisor):
    return {
        name for name, (state, _) in supervisor.states().items() if state in ("running", "starting")
    }


def _refuse_other_ports(home):
    if home.saved_port_base not in (None, home.port_base):
        raise Failure(
            f"the system in {home.folder} runs on other ports (ESCALA_PORT_BASE={home.saved_port_base})",
            "unset ESCALA_PORT_BASE, or first ./escala down; for a second system set ESCALA_HOME too",
        )


def _wake(supervisor):
    for state, pid in supervisor.states().values():
        if state == "frozen":
            process_tree.thaw(pid)


def _start_stores(supervisor):
    home, values = supervisor.home, credentials.load(supervisor.home)
    with console.step("Postgres and two Redis ready"):
        postgres.create(home.data / "postgres", values["POSTGRES_PASSWORD"])
        for name in ("cache", "broker"):
            redis_servers.write_config(home, name)
        for name in STORES:
            supervisor.start_process(name)
        readiness.wait_ready(supervisor, STORES)
        passwords = {
            service: values[f"{service.upper()}_DATABASE_PASSWORD"] for service in postgres.SERVICES
        }
        postgres.prepare(home.port("postgres"), values["POSTGRES_PASSWORD"], passwords)


def _seed_once(home, now, amounts):
    done = home.data / "seeded"
    if done.exists():
        return
    with console.step("demo catalogue and orders seeded"):
        words = [word for name, value in amounts.items() for word in (f"--{name}", value)]
        seeds = ("core", "seed", *words), ("analytics", "logins")
        manage.manage(home, now, *seeds, seconds=manage.SEED_SECONDS)
    done.touch()  # only now: a seeding that was cut short is done again


def _apply_changes(supervisor, before, now, running):
    for name in sorted(running - set(now.names()), reverse=True):
        scale.remove(supervisor, name)
    kinds = levers.touched(before.levers, now.levers)
    stale = [name for name in now.names() if name in running and desired.kind(name) in kinds]
    if stale:
        scale.restart(supervisor, stale)
