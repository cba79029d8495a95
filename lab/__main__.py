"""The command line: `./escala COMMAND`. Exit 0 = done and healthy, 1 = it ran and the answer is no,
2 = wrong usage.

Each command imports what it needs when it is called, so that `./escala secrets` works with nothing
installed.
"""

import json
import sys

from lab import console
from lab.cli import parser
from lab.errors import Failure


def main(arguments):
    as_json = "--json" in arguments
    try:
        if arguments[:1] == ["test"] and "--help" not in arguments and "-h" not in arguments:
            from lab import testing

            return testing.test(arguments[1:])
        if not arguments:
            parser().print_help()
            return 2
        # Imported late: the commands need packages, and this much must work without any.
        from lab import cli

        return cli.run(parser().parse_args(arguments))
    except Failure as failure:
        if as_json:
            print(json.dumps(failure.as_document(), indent=2))
        for line in failure.lines():
            console.say(f"  | {line}")
        console.say(f"escala: {failure.what}\n  next: {failure.next_step}")
        return failure.code
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        sys.stdout = None
        return 0
    except KeyboardInterrupt:
        console.say("escala: interrupted\n  next: ./escala status shows what still runs")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
