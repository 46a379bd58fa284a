"""The command line in this process: all but the second that the program takes to start."""

import contextlib
import subprocess

from click.testing import CliRunner

from eventstudy.cli import cli


def call(*arguments, cwd, **environment):
    """Run a command in a folder; what it said and how it ended, as of a process."""
    with contextlib.chdir(cwd):
        done = CliRunner(env={"COLUMNS": "200", **environment}).invoke(
            cli, arguments, prog_name="eventstudy", catch_exceptions=False
        )
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)
