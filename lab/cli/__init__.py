"""The command line: one module for each group of commands, with options and handlers side by side.

A handler imports what it needs when it is called. So `./escala secrets` and `--help` work before
any package is installed.
"""

import argparse
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from lab.errors import WrongUsage
from lab.stack.home import Home


class Option(NamedTuple):
    """The arguments of one argparse `add_argument` call."""

    words: tuple[str, ...]
    settings: dict[str, Any]


def option(*words: str, **settings: Any) -> Option:
    """Return an option or argument of a command; the parameters are those of `add_argument`."""
    return Option(words, settings)


YES = option("--yes", action="store_true", help="install what is missing without a question")
P95 = option(
    "--p95",
    type=float,
    default=300.0,
    metavar="MS",
    help="the p95 that must be kept, in milliseconds (default: 300)",
)


class Command(NamedTuple):
    """A command: its name, its help, its options, and `handle(home, arguments) -> exit code`."""

    name: str
    help: str
    handle: Callable[[Home, argparse.Namespace], int | None]
    options: tuple[Option, ...]
    reports: bool


class Group:
    """The commands of one module, in the order in which `--help` lists them."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def command(self, name: str, help: str, *options: Option, reports: bool = True) -> Callable:
        """Register the decorated function as the handler of a command.

        The help of a command that `reports` mentions `--json`.
        """

        def register(handle: Callable) -> Callable:
            self.commands.append(Command(name, help, handle, options, reports))
            return handle

        return register


class Parser(argparse.ArgumentParser):
    """An argparse parser that raises WrongUsage instead of ending the process."""

    def error(self, message: str) -> Any:
        raise WrongUsage(message, f"{self.prog} --help")


def commands() -> dict[str, Command]:
    """Return every command by name."""
    # Imported late, because these modules import this one.
    from lab.cli import board, capacity, error_rates, faults, measure, plan, stack

    groups = (
        *(stack.GROUP, faults.GROUP, board.GROUP, measure.GROUP),
        *(capacity.GROUP, plan.GROUP, error_rates.GROUP),
    )
    return {command.name: command for group in groups for command in group.commands}


def parser() -> Parser:
    """Return the parser of the whole command line; it raises WrongUsage."""
    top = Parser(
        prog="./escala", description="A scalability laboratory: a replicated shop on one laptop."
    )
    top.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in commands().values():
        added = subparsers.add_parser(command.name, help=command.help, description=command.help)
        json_help = "print one JSON document on stdout" if command.reports else argparse.SUPPRESS
        added.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=json_help)
        for words, settings in command.options:
            added.add_argument(*words, **settings)
    return top


def run(arguments: argparse.Namespace) -> int | None:
    """Run the parsed command and return its exit code."""
    return commands()[arguments.command].handle(Home(), arguments)


def answer(arguments: argparse.Namespace, document: Any, text: str, healthy: bool = True) -> int:
    """Print the result of a command, as JSON or as text; return 0 when `healthy`, else 1."""
    print(json.dumps(document, indent=2) if arguments.json else text)
    return 0 if healthy else 1


def done(arguments: argparse.Namespace, text: str) -> int:
    """Print that a command has done its work; return 0."""
    return answer(arguments, {"done": text}, text)
