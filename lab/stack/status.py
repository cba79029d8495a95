"""STATUS: what runs, how HAProxy sees it, where to look at it and with which login."""

import os
import textwrap

from lab.errors import Failure
from lab.stack import credentials, desired, environment, haproxy, process_tree
from lab.stack.scale import running_supervisor


def status(home):
    """The system as one document; `healthy` says whether all that is wanted runs and takes
    requests."""
    supervisor, now = running_supervisor(home), desired.load(home)
    states = supervisor.states()
    names = [name for name in desired.all_names() if name in now.names() or states[name][1]]
    processes = [
        {"name": name, "state": states[name][0], "pid": states[name][1], "port": home.port(name)}
        for name in names
    ]
    instances = haproxy.instances(haproxy.read(home))
    seen_up = {row["name"] for row in instances if row["state"].startswith("UP")}
    return {
        "healthy": all(states[name][0] == "running" for name in now.names())
        and seen_up >= set(now.instances()),
        "addresses": addresses(home, now),
        "logins": logins(home),
        "processes": processes,
        "instances": [row for row in instances if row["name"] in names],
        "levers": now.levers,
        "memory_mb": round(process_tree.memory(process_tree.ours(home)) / 1e6),
    }


def addresses(home, now):
    return {
        "front": environment.public_url(home, now) + "/",
        "stats": f"http://127.0.0.1:{home.port('stats')}/",
    }


def logins(home):
    values = credentials.load(home)
    people = {"admin": "admin", "customer": "customer", "stats": "stats"}
    return {
        name: {"username": username, "password": values[f"{name.upper()}_PASSWORD"]}
        for name, username in people.items()
    }


def as_text(document):
    """The document for a person, within 80 columns."""
    lines = [f"{'process':<14}{'state':<12}{'pid':>8}{'port':>8}   HAProxy says"]
    seen = {
        row["name"]: f"{row['state']}, {row['requests']} requests" for row in document["instances"]
    }
    for row in document["processes"]:
        pid, port = row["pid"] or "", row["port"] or ""
        lines.append(
            f"{row['name']:<14}{row['state']:<12}{pid:>8}{port:>8}   {seen.get(row['name'], '')}".rstrip()
        )
    levers = " ".join(f"{name}={value}" for name, value in document["levers"].items())
    lines += ["", *textwrap.wrap(levers, 79, initial_indent="levers   ", subsequent_indent=" " * 9)]
    lines += [
        f"memory   {document['memory_mb']} MB for everything (proportional set size)",
        "",
        welcome(document),
    ]
    return "\n".join(lines)


def welcome(document):
    """The addresses and the logins."""
    lines = [
        f"shop     {document['addresses']['front']}",
        f"stats    {document['addresses']['stats']}",
    ]
    for login in document["logins"].values():
        lines.append(f"login    {login['username']:<10} {login['password']}")
    return "\n".join(lines)


def show_logs(home, name=None, *, follow=False):
    """Prints the last lines of one log, or of all; with `follow` it goes on until interrupted."""
    if name and name != "supervisor":
        desired.check_name(name)
    paths = [home.log(name)] if name else sorted(home.logs.glob("*.log"))
    paths = [str(path) for path in paths if path.exists()]
    if not paths:
        raise Failure(f"there is no log yet in {home.logs}", "./escala up")
    os.execvp("tail", ["tail", "-n", "100" if name else "10", *(["-F"] if follow else []), *paths])
