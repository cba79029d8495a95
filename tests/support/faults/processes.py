"""Faults of processes: killed, frozen, restarted or reloaded, or a Redis without its data.

Each fault is a context manager that breaks something on entry and repairs it on exit; the load goes
on meanwhile. Functions of lab.stack are called directly, because starting a command takes a second.
"""

import os
import signal
from contextlib import contextmanager

import psutil
import redis

from lab.polling import wait_until
from lab.stack import environment, faults, process_tree
from lab.stack.supervisor import Supervisor
from tests.support import refusals


@contextmanager
def killed(laptop, *names):
    """SIGKILL of the processes with all their children."""
    for name in names:
        faults.kill(laptop.home, name)
    yield
    for name in names:
        faults.start(laptop.home, name)


@contextmanager
def terminated(laptop, name):
    """SIGTERM of the main process, which HAProxy did not drain before."""
    faults.kill(laptop.home, name, "TERM")
    yield
    faults.start(laptop.home, name)


@contextmanager
def frozen(laptop, name):
    """SIGSTOP of the whole process tree: connections stay open but nothing answers."""
    faults.kill(laptop.home, name, "STOP")
    yield
    faults.start(laptop.home, name)


@contextmanager
def dead_while_the_supervisor_hangs(laptop, name):
    """The process is not restarted before the supervisor continues."""
    supervisor = psutil.Process(Supervisor(laptop.home).pid())
    tree = process_tree.tree_of(laptop.processes()[name]["pid"])
    supervisor.suspend()
    process_tree.kill(tree)
    yield
    supervisor.resume()
    faults.start(laptop.home, name)


@contextmanager
def child_killed(laptop, name, times=3):
    """SIGKILL of the only child process, then of its replacement, and so on."""
    for _ in range(times):
        kill_child(laptop, name)
    yield


def kill_child(laptop, name):
    """SIGKILL of a process's only child; returns when the parent has started a new one."""
    parent = laptop.processes()[name]["pid"]
    [child] = wait_until(lambda: process_tree.tree_of(parent)[1:], seconds=20)
    process_tree.kill([child])
    assert wait_until(
        lambda: process_tree.tree_of(parent)[1:] not in ([], [child]), seconds=20, every=0.02
    )


@contextmanager
def all_but_one_killed(laptop):
    """SIGKILL of three of four instances at once."""
    laptop.run("scale", "4")
    with killed(laptop, "core-1", "core-2", "core-3"):
        yield
    laptop.run("scale", "2")


@contextmanager
def commanded(laptop, *commands):
    """Commands of an operator, during which no request may fail."""
    for command in commands:
        laptop.run(*command.split())
    yield


@contextmanager
def near_copies(laptop):
    """Each instance keeps its own copies of what is cached; every price must be seen all the same.

    To change the setting, the instances are restarted one after the other.
    """
    laptop.run("up", "--set", "CACHE=near")
    yield
    laptop.run("up", "--set", "CACHE=redis")


@contextmanager
def reloaded(laptop, times=3):
    """SIGUSR2 to HAProxy's master: a new worker takes over, the old one finishes its requests."""
    master = laptop.processes()["haproxy"]["pid"]
    for _ in range(times):
        [old] = process_tree.tree_of(master)[1:]
        os.kill(master, signal.SIGUSR2)
        assert wait_until(
            lambda gone=old: not gone.is_running() and process_tree.tree_of(master)[1:], seconds=20
        )
    yield


@contextmanager
def flushed(laptop, name):
    """FLUSHALL: Redis loses all its data."""
    server(laptop, name).flushall()
    yield


@contextmanager
def flushed_while_full(laptop, messages=20):
    """FLUSHALL of the broker, repeated until so many messages were lost."""
    broker, lost = server(laptop, "broker"), 0

    def flush():
        nonlocal lost
        with broker.pipeline() as at_once:
            *counts, _ = (
                at_once.llen("analytics").llen("relay").hlen("unacked").flushall().execute()
            )
        lost += sum(counts)
        return lost >= messages

    assert wait_until(flush, seconds=30, every=0.01), (
        f"{lost} messages were lost, too few to prove anything"
    )
    yield


@contextmanager
def writes_refused(laptop, name):
    """REPLICAOF a server that does not exist: Redis answers reads and refuses writes."""
    refusals.begin(server(laptop, name), refusals.READ_ONLY)
    yield
    refusals.end(server(laptop, name), refusals.READ_ONLY)


def server(laptop, name):
    """A client of the Redis `cache` or `broker`."""
    return redis.from_url(environment.redis_url(laptop.home, name))
