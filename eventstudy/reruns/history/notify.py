"""A user's command that is told what a run did."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eventstudy.errors import InvalidArgumentError
from eventstudy.reruns.history.log import Run

TIMEOUT = 60.0
"""Seconds after which the command is ended."""

SCHEMA = 1
"""Number of the form of the summary; it rises when a key changes its meaning or goes."""

FACTS: tuple[str, ...] = ("run", "started", "seconds", "exit_code", "published")
FACTS += ("changed", "cause", "causes", "rendered", "kept", "versions", "message")
"""Fields of a run that the command is told."""
LOCKED, INCOMPLETE = 6, 3


def parse_command(text: str) -> list[str]:
    """Split a command as a shell would, without running one.

    Parameters
    ----------
    text : str
        The command with its arguments.

    Returns
    -------
    list of str

    Raises
    ------
    InvalidArgumentError
        When it is empty or a quotation mark is not closed.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InvalidArgumentError(f"the command {text!r} cannot be split: {error}") from error
    if not words:
        raise InvalidArgumentError("the command is empty. Name a program.")
    return words


def is_news(run: Run, before: Run | None = None) -> bool:
    """Whether a run is worth telling: it changed the report, or failed.

    A run that found another one at work is no news. That a series is stale or missing is news
    once, and so is that it is there again.

    Parameters
    ----------
    run : Run
        The run.
    before : Run, optional
        The one before it.
    """
    if run.published and run.changed:
        return True
    if run.exit_code in (0, INCOMPLETE):
        incomplete = before is not None and before.exit_code == INCOMPLETE
        return (run.exit_code == INCOMPLETE) != incomplete
    return run.exit_code != LOCKED


def summary(run: Run, *, title: str, study: Path, report: Path) -> dict[str, Any]:
    """Return what the command is told.

    Parameters
    ----------
    run : Run
        The run.
    title : str
        Title of the study.
    study, report : Path
        Its file, and the index page of its report.

    Returns
    -------
    dict
        schema (1), title, study and report (absolute paths), run (its id in the log),
        started (ISO, UTC), seconds, exit_code, published (whether the report changed),
        changed (reasons by event), cause ("method", "data", both, or none that is known: why
        figures changed), causes (the same by event), rendered and kept (numbers of pages),
        versions, message.
    """
    paths = {"study": str(study.absolute()), "report": str(report.absolute())}
    facts = {name: getattr(run, name) for name in FACTS}
    return {"schema": SCHEMA, "title": title, **paths, **facts}


def notify(command: Sequence[str], content: dict[str, Any], timeout: float = TIMEOUT) -> str:
    """Run a command with JSON on its standard input; never raises for what the command does.

    What it writes goes to standard error, so that the output of the run stays its own. The
    environment names the exit code in ``EVENTSTUDY_EXIT_CODE``.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments; no shell is used.
    content : dict
        What `summary` returns.
    timeout : float
        Seconds after which it is ended, with all that it started.

    Returns
    -------
    str
        What went wrong; empty when it ended with 0.
    """
    text = json.dumps(content, ensure_ascii=True) + "\n"
    environment = {**os.environ, "EVENTSTUDY_EXIT_CODE": str(content["exit_code"])}
    try:
        process = subprocess.Popen(  # noqa: S603  the user's own command, split, without a shell
            list(command),
            stdin=subprocess.PIPE,
            stdout=2,
            env=environment,
            text=True,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return f"{command[0]} cannot be started: {getattr(error, 'strerror', None) or error}"
    try:
        process.communicate(text, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"{command[0]} was ended: it took longer than {timeout:g} seconds"
    finally:
        _end(process)
    return f"{command[0]} ended with {process.returncode}" if process.returncode else ""


def _end(process: subprocess.Popen[str]) -> None:
    """End a command that still runs, and what it started."""
    if process.poll() is None:
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
