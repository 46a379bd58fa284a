"""Runs under the lock of their study, of which the log of runs says how they ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import INCOMPLETE, INTERNAL, INTERRUPTED, USAGE, answered
from eventstudy.cli.options import option
from eventstudy.cli.terminal import complain
from eventstudy.errors import InputError, StudyLockedError

if TYPE_CHECKING:
    from eventstudy.events.events import Events
    from eventstudy.reruns.history.finish import Concluded, StudyPaths
    from eventstudy.reruns.history.log import Run

LOGGED_LENGTH = 5000
"""Characters of a message that are logged."""

NOTIFY = option("run", "--notify-cmd", metavar="CMD", default="")
KEEP = option("run", "--keep", type=click.IntRange(min=0), default=10)


@dataclass
class Logged:
    """A run that is under way.

    Parameters
    ----------
    run : Run
        Its line of the log, as far as it is known.
    events : Events or None
        The events that it has read; they are kept with its results.
    at_end : callable or None
        What is done once it is logged, if it succeeds.
    concluded : Concluded or None
        The run as it was logged; None before that.
    """

    run: Run
    events: Events | None = None
    at_end: Callable[[], object] | None = None
    concluded: Concluded | None = None

    def made(self, **facts: Any) -> None:
        """Note what the run has done so far, by the fields of `Run`."""
        self.run = replace(self.run, **facts)


def paths_of(study: Path, output: Path | None) -> StudyPaths:
    """Return where a study and its report are; `output` is the report's folder where given."""
    from eventstudy.reruns.history.finish import StudyPaths
    from eventstudy.study.outline import read_outline

    try:
        outline = read_outline(study)
    except InputError:  # reading the whole study says what is wrong
        return StudyPaths(study.absolute(), output or study.parent / "reports")
    return StudyPaths(study.absolute(), output or outline.reports, outline.title)


@contextmanager
def logged(paths: StudyPaths, *, notify: str, keep: int, as_json: bool) -> Iterator[Logged]:
    """Hold the lock of a study while it is run; then log the run and tell the user's command.

    Errors that are expected are said and become an exit code before the run is logged.

    Parameters
    ----------
    paths : StudyPaths
        The study. One that is no file is neither locked nor logged.
    notify : str
        The user's command; empty for none. It runs once the lock is free again.
    keep : int
        Versions of results to keep.
    as_json : bool
        Whether problems of the study's files are said as JSON.
    """
    from eventstudy.reruns.history.log import new_run
    from eventstudy.reruns.history.notify import parse_command
    from eventstudy.reruns.lock import locked

    try:
        command = parse_command(notify) if notify else []
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--notify-cmd") from None
    log = Logged(new_run(dt.datetime.now(dt.UTC)))
    if not paths.study.is_file():
        yield log  # there is nothing beside which a log could be
        return
    try:
        with locked(paths.study), _concluding(log, paths, keep), answered(as_json=as_json):
            yield log
    except StudyLockedError:
        with _concluding(log, paths, keep), answered(as_json=as_json):
            raise
    finally:
        if log.concluded is not None:
            for wrong in log.concluded.tell(command):
                complain(wrong)


@contextmanager
def _concluding(log: Logged, paths: StudyPaths, keep: int) -> Iterator[None]:
    """Log how a run ended, whatever ends it, and keep what it left."""
    from eventstudy.reruns.history.finish import conclude

    started, code, message = dt.datetime.now(dt.UTC), INTERNAL, ""
    try:
        yield
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else INTERNAL
        message = getattr(ended, "message", "")
        raise
    except (KeyboardInterrupt, click.Abort):
        code, message = INTERRUPTED, "interrupted"
        raise
    except Exception as error:  # whatever it is, it is logged and raised again
        code = USAGE if isinstance(error, click.ClickException) else INTERNAL
        message = f"{type(error).__name__}: {error}"
        raise
    finally:
        seconds = round((dt.datetime.now(dt.UTC) - started).total_seconds(), 2)
        log.made(exit_code=code, message=_shortened(message), seconds=seconds)
        log.concluded = conclude(log.run, paths, events=log.events, keep=keep)
        if code in (0, INCOMPLETE) and log.at_end is not None:
            log.at_end()


def _shortened(message: str) -> str:
    """Return a message as it is logged; the terminal has said the rest."""
    over = len(message) - LOGGED_LENGTH
    return f"{message[:LOGGED_LENGTH]} ... ({over:,} more characters)" if over > 0 else message
