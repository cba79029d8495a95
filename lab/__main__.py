"""The entry point of `./escala COMMAND`.

Exit codes: 0 = done and healthy, 1 = it failed or found something wrong, 2 = wrong usage,
130 = interrupted.
"""

import json
import sys

from lab import console, errors
from lab.cli import parser, run
from lab.errors import Failure

# The commands that measure a system of their own, or none: it has ended when they end.
OWN_SYSTEMS = {"run", "bench", "plan", "capacity", "error-rates"}


def main(arguments: list[str]) -> int | None:
    """Run the command and return its exit code; None means 0."""
    as_json = "--json" in arguments
    try:
        if arguments[:1] == ["test"] and "--help" not in arguments and "-h" not in arguments:
            # Imported late: it needs packages, and `secrets` does not.
            from lab.testing import command

            return command.test(arguments[1:])
        if not arguments:
            parser().print_help()
            return 2
        return run(parser().parse_args(arguments))
    except BrokenPipeError:  # the program that reads our output, such as `head`, has ended
        sys.stdout = None  # type: ignore[assignment]
        return 0
    except KeyboardInterrupt:
        console.say("escala: interrupted")
        if not OWN_SYSTEMS & set(arguments):
            console.say("  next: ./escala status shows what is still running")
        return 130
    except Exception as error:
        failure = errors.failure_of(error)
        if not failure:  # a mistake in the laboratory: its author needs the traceback
            raise
        return _report(failure, as_json)


def _report(failure: Failure, as_json: bool) -> int:
    if as_json:
        print(json.dumps(failure.as_document(), indent=2))
    for line in failure.lines():
        console.say(f"  | {line}")
    console.say(console.wrapped(f"escala: {failure.what}", 4))
    console.say(console.wrapped(f"  next: {failure.next_step}", 4))
    return failure.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
