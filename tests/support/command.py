"""A command of `./escala` in this very process: a process of its own takes half a second to start.

Tests of the process itself, such as its signals, start one.
"""

import contextlib
import io
import os
import subprocess
from unittest import mock

import lab.__main__


def in_one_line(text):
    """What a command said, whatever the width at which it was wrapped."""
    return " ".join(text.split())


def command(*words, **variables):
    """Runs the command with these environment variables; its exit code and what it printed."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, variables),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        try:
            code = lab.__main__.main(list(words)) or 0
        except SystemExit as wrong_usage:
            code = wrong_usage.code
    return subprocess.CompletedProcess(words, code, stdout.getvalue(), stderr.getvalue())
