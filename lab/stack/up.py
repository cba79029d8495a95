"""`up`: start a system, or change a running one, and wait until all of it is healthy."""

import dataclasses
import os
from collections.abc import Iterable

from lab import console
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import (
    audit,
    credentials,
    desired,
    down,
    environment,
    levers,
    manage,
    ports,
    postgres,
    process_tree,
    processes,
    readiness,
    redis_servers,
    scale,
)
from lab.stack.desired import DesiredState
from lab.stack.haproxy import HAProxy, check_configuration, write_first_state
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor

STORES = ("postgres", "cache", "broker")
# The amounts of demo data of a new system; tests and experiments choose others.
SEED = {
    "products": os.environ.get("SEED_PRODUCTS", "2000"),
    "orders": os.environ.get("SEED_ORDERS", "5000"),
    "seed": "1",
}


def up(
    home: Home,
    *,
    replicas: int | None = None,
    workers: int | None = None,
    settings: Iterable[str] = (),
    board: bool = False,
    amounts: dict[str, str] | None = None,
) -> None:
    """Start or change the system; return when all is healthy and analytics has every event.

    Arguments that are None keep their value. `board` adds the board, if it is not there already.
    `amounts` replaces values of SEED.
    """
    before = desired.load(home)
    state = dataclasses.replace(
        before,
        core=before.core if replicas is None else desired.check_count("core", replicas),
        worker=before.worker if workers is None else desired.check_count("worker", workers),
        levers=before.levers | levers.parse(settings),
        board=before.board or board,
    )
    levers.check_possible(state.levers)
    supervisor = Supervisor(home)
    running = _prepare(supervisor, state)
    desired.save(home, state)
    if not supervisor.is_alive():
        supervisor.start()
    _start_stores(supervisor)
    with console.step("databases migrated"):
        migrate = ("migrate", "--no-input")
        manage.manage(home, state, ("core", *migrate), ("analytics", *migrate))
        postgres.let_board_read(home.port("postgres"), credentials.load(home)["POSTGRES_PASSWORD"])
    _start_services(supervisor, state, SEED | (amounts or {}))
    _apply_changes(supervisor, before, state, running)
    if state.levers["ANALYTICS"] == "events":
        with console.step("analytics has every order"):
            audit.wait_finished(home, audit.EVENTS)


def _prepare(supervisor: Supervisor, state: DesiredState) -> set[str]:
    """Check that `state` can be started; return the names of the processes that run already."""
    home = supervisor.home
    environment.limits()  # one that the shell sets may be wrong
    readiness.check_disk(home)
    supervisor.resume()
    if supervisor.is_alive():
        _check_same_ports(home)
        _resume_frozen(supervisor)
        _stop_unresponsive(supervisor)
        running = _running(supervisor)
    else:
        scale.check_not_living(supervisor)
        down.clear_leftovers(home)
        write_first_state(home, state)  # the old one holds the ports of the last run
        running = set()
    ports.check(home, set(state.names()) - running)
    if warning := ports.warning(home):
        console.say(f"  {warning}")
    check_configuration(home, state)
    return running


def _start_services(supervisor: Supervisor, state: DesiredState, amounts: dict[str, str]) -> None:
    services = [name for name in state.names() if name != "haproxy"]
    for name in services:
        supervisor.start_process(name)
    _seed_once(supervisor.home, state, amounts)
    counts = f"{state.core} core, {state.analytics} analytics, "
    counts += console.count(state.worker, "worker")
    with console.step(f"{counts}, relay and recorder ready"):
        readiness.wait_ready(supervisor, services)
        supervisor.start_process("haproxy")  # last, so that it finds every instance healthy
        readiness.wait_ready(supervisor, ["haproxy"])
        HAProxy(supervisor.home).close_other_slots(state.instances())
        HAProxy(supervisor.home).enable(state.instances())


def _running(supervisor: Supervisor) -> set[str]:
    return {
        name for name, (state, _) in supervisor.states().items() if state in ("running", "starting")
    }


def _check_same_ports(home: Home) -> None:
    saved = home.saved_port_base
    if saved not in (None, home.port_base):
        raise Failure(
            f"the system in {home.folder} runs on other ports (ESCALA_PORT_BASE={saved})",
            "unset ESCALA_PORT_BASE, or ./escala down first; for a second system set ESCALA_HOME",
        )


def _resume_frozen(supervisor: Supervisor) -> None:
    for process_state, pid in supervisor.states().values():
        if pid and process_state == "frozen":
            process_tree.resume(pid)


def _stop_unresponsive(supervisor: Supervisor) -> None:
    """Stop what runs and does not answer, or refuses, so that it is started again."""
    asked = [name for name, (state, _) in supervisor.states().items() if state == "running"]

    def unresponsive() -> list[str]:
        return [name for name in asked if not _works(supervisor.home, name)]

    wait_until(lambda: not unresponsive(), seconds=5)
    for name in unresponsive():
        console.say(f"  {name} runs, and does not answer or refuses: it is restarted")
        supervisor.stop_process(name)
        supervisor.wait_stopped(name, seconds=processes.stop_rule(name).seconds + 5)


def _works(home: Home, name: str) -> bool:
    refuses = name in ("cache", "broker") and redis_servers.refusal(home, name)
    return not refuses and readiness.is_ready(home, name)


def _start_stores(supervisor: Supervisor) -> None:
    home, values = supervisor.home, credentials.load(supervisor.home)
    with console.step("Postgres and both Redis servers ready"):
        postgres.create(home.data / "postgres", values["POSTGRES_PASSWORD"])
        for name in ("cache", "broker"):
            redis_servers.write_config(home, name)
        for name in STORES:
            supervisor.start_process(name)
        readiness.wait_ready(supervisor, STORES)
        readiness.check_redis(home)
        passwords = {
            role: values[f"{role.upper()}_DATABASE_PASSWORD"]
            for role in (*postgres.SERVICES, "board")
        }
        for note in readiness.notes(home):
            console.say(f"  {note}")
        postgres.prepare(home.port("postgres"), values["POSTGRES_PASSWORD"], passwords)


def _seed_once(home: Home, state: DesiredState, amounts: dict[str, str]) -> None:
    done = home.data / "seeded"
    if done.exists():
        return
    with console.step("demo products and orders created"):
        words = [word for name, value in amounts.items() for word in (f"--{name}", value)]
        seeds = ("core", "seed", *words), ("analytics", "logins")
        manage.manage(home, state, *seeds, seconds=manage.SEED_SECONDS)
    done.touch()  # at the end, so that an interrupted seed runs again


def _apply_changes(
    supervisor: Supervisor, before: DesiredState, state: DesiredState, running: set[str]
) -> None:
    for name in sorted(running - set(state.names()), reverse=True):
        scale.remove(supervisor, name)
    kinds = levers.kinds_to_restart(before.levers, state.levers)
    stale = [name for name in state.names() if name in running and desired.kind(name) in kinds]
    if stale:
        scale.restart(supervisor, stale)
