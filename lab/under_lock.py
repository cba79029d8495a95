"""`under_lock.py LOCK COMMAND...`: run a command while holding a lock; `escala` installs with it.

It needs only the standard library, because it runs before any package is installed.
"""

import fcntl
import os
import signal
import subprocess
import sys

REPORT_SECONDS = 20
CHOWN = 'sudo chown -R "$(id -un)" . (gives you the files that root made)'


def main(path: str, command: list[str]) -> int:
    """Wait for the lock, run the command, and return its exit code; say that it still runs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError as error:
        say(f"escala: {error}")
        place = path if os.path.exists(path) else os.path.dirname(path)
        own = os.stat(place).st_uid == os.geteuid()
        say(f"  next: {'chmod -R u+w .' if own else CHOWN}, or clone the repository elsewhere")
        return 1
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("escala: waiting for another ./escala that installs")
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel releases it, however this process ends
    process, seconds = subprocess.Popen(command), 0
    while True:
        try:
            return process.wait(REPORT_SECONDS)
        except subprocess.TimeoutExpired:
            seconds += REPORT_SECONDS
            say(f"  ... still installing ({seconds} s)")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
