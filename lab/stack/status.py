"""The status of a system: its processes, HAProxy's view of them, addresses, logins, and logs."""

import os
import textwrap
from typing import Any, NoReturn

from lab.errors import Failure
from lab.stack import credentials, desired, environment, haproxy, process_tree, readiness
from lab.stack.desired import DesiredState
from lab.stack.home import Home
from lab.stack.scale import running_supervisor

ASKED = ("postgres", "cache", "broker", "haproxy")


def status(home: Home) -> dict[str, Any]:
    """Return the status as one document.

    `healthy` is true when every desired process runs and answers, every desired instance takes
    requests, and there are no `problems`. HAProxy's view tells which instances answer; the other
    servers are asked here.
    """
    supervisor, state = running_supervisor(home), desired.load(home)
    states = supervisor.states()
    names = [name for name in desired.all_names() if name in state.names() or states[name][1]]
    processes = [
        {
            "name": name,
            "state": states[name][0],
            "pid": states[name][1],
            "port": home.port(name) if home.has_port(name) else None,
            "answers": _answers(home, name, states[name][0]),
        }
        for name in names
    ]
    instances = haproxy.instances(haproxy.read_statistics(home))
    found = list(readiness.problems(home))
    seen_up = {row["name"] for row in instances if row["state"].startswith("UP")}
    return {
        "healthy": all(
            row["state"] == "running" and row["answers"] is not False
            for row in processes
            if row["name"] in state.names()
        )
        and seen_up >= set(state.instances())
        and not found,
        "problems": found,
        "notes": list(readiness.notes(home)),
        "addresses": addresses(home, state),
        "logins": logins(home),
        "processes": processes,
        "instances": [row for row in instances if row["name"] in names],
        "levers": state.levers,
        "memory_mb": round(process_tree.memory(process_tree.processes_of(home)) / 1e6),
    }


def _answers(home: Home, name: str, state: str) -> bool | None:
    if name not in ASKED:
        return None
    try:
        return state == "running" and readiness.is_ready(home, name)
    except Failure:  # it answers, but refuses the password of this home
        return False


def addresses(home: Home, state: DesiredState) -> dict[str, str | None]:
    """Return the addresses of the shop, of HAProxy's statistics page and of the board, if any."""
    token = credentials.load(home)["BOARD_TOKEN"]
    board = f"http://127.0.0.1:{home.port('board')}/?token={token}"
    return {
        "front": environment.public_url(home, state) + "/",
        "stats": f"http://127.0.0.1:{home.port('stats')}/",
        "board": board if state.has_board else None,
    }


def logins(home: Home) -> dict[str, dict[str, str]]:
    """Return {role: {username, password}} for the shop's two users and the statistics page."""
    values = credentials.load(home)
    people = {"admin": "admin", "customer": "customer", "stats": "stats"}
    return {
        name: {"username": username, "password": values[f"{name.upper()}_PASSWORD"]}
        for name, username in people.items()
    }


def as_text(document: dict[str, Any]) -> str:
    """Return the document as text for a person, at most 80 columns wide."""
    lines = [f"{'process':<14}{'state':<12}{'pid':>8}{'port':>8}   in HAProxy"]
    seen = {
        row["name"]: f"{row['state']}, {row['requests']} requests" for row in document["instances"]
    }
    for row in document["processes"]:
        pid, port, view = row["pid"] or "", row["port"] or "", seen.get(row["name"], "")
        unanswered = row["state"] == "running" and row["answers"] is False
        word = "no answer" if unanswered else row["state"]
        line = f"{row['name']:<14}{word:<12}{pid:>8}{port:>8}   {view}"
        lines.append(line.rstrip())
    levers = " ".join(f"{name}={value}" for name, value in document["levers"].items())
    lines += ["", *textwrap.wrap(levers, 79, initial_indent="levers   ", subsequent_indent=" " * 9)]
    for word in ("problem", "note"):
        lines += [f"{word:<9}{text}" for text in document[f"{word}s"]]
    lines += [
        f"memory   {document['memory_mb']} MB in all processes together (proportional set size)",
        "",
        welcome(document),
    ]
    return "\n".join(lines)


def welcome(document: dict[str, Any]) -> str:
    """Return the addresses and the logins as text for a person."""
    lines = [
        f"shop     {document['addresses']['front']}",
        f"stats    {document['addresses']['stats']}",
    ]
    if board := document["addresses"]["board"]:
        lines.append(f"board    {board}")
    for login in document["logins"].values():
        lines.append(f"login    {login['username']:<10} {login['password']}")
    return "\n".join(lines)


def show_logs(home: Home, name: str | None = None, *, follow: bool = False) -> NoReturn:
    """Become `tail`, which prints the last lines of one log or of all; `follow` waits for more."""
    if name and name != "supervisor":
        desired.check_name(name)
    logs = [home.log(name)] if name else sorted(home.logs.glob("*.log"))
    paths = [str(path) for path in logs if path.exists()]
    if name and not paths:
        raise Failure(f"{name} has no log yet: it was never started", "./escala status")
    if not paths:
        raise Failure(f"there is no log yet in {home.logs}", "./escala up")
    os.execvp("tail", ["tail", "-n", "100" if name else "10", *(["-F"] if follow else []), *paths])
