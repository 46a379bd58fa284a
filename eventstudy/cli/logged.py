"""A command whose runs are logged, kept and told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import (
    INCOMPLETE,
    INTERNAL,
    INTERRUPTED,
    LOCKED,
    MESSAGE,
    USAGE,
    Command,
    complain,
)
from eventstudy.errors import StudyLockedError
from eventstudy.versions import __version__

if TYPE_CHECKING:
    from eventstudy.events.events import Events
    from eventstudy.reruns.history.finish import Place

EVENTS, DONE, LOGGED, AT_END = (f"{__name__}.{own}" for own in ("events", "done", "logged", "end"))

LOGGED_LENGTH = 5000
"""Characters of a message that are logged."""
NOTIFY = click.option(
    "--notify-cmd", metavar="CMD", default="", help="Command that is told of changes and failures."
)
KEEP = click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=10,
    help="Versions of results to keep for `eventstudy diff`. Default: 10.",
)


@dataclass(frozen=True)
class Done:
    """What a run has done so far.

    Parameters
    ----------
    changed : mapping of str to tuple of str
        Reasons for work by event id.
    rendered, kept : int
        Event pages that were made, and that stayed as they were.
    published : bool
        Whether the report was changed.
    versions : mapping of str to str
        Versions of the program and its libraries.
    cause : tuple of str
        Why figures change: "method", "data", both, or nothing that is known.
    causes : mapping of str to tuple of str
        The same by event id.
    """

    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rendered: int = 0
    kept: int = 0
    published: bool = False
    versions: Mapping[str, str] = field(default_factory=lambda: {"eventstudy": __version__})
    cause: tuple[str, ...] = ()
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def note(self) -> Done:
        """Leave it for the log of runs."""
        click.get_current_context().meta[DONE] = self
        return self


@dataclass(frozen=True)
class Ended:
    """A run that has ended; see `eventstudy.reruns.history.finish.Outcome`."""

    started: dt.datetime
    finished: dt.datetime
    exit_code: int
    changed: Mapping[str, tuple[str, ...]]
    rendered: int
    kept: int
    versions: Mapping[str, str]
    message: str
    published: bool


def remember(events: Events) -> None:
    """Note the events that the run of this moment has read."""
    rows = [row.cells for row in events.rows]
    click.get_current_context().meta[EVENTS] = (events.columns, rows)


def at_end(work: Callable[[], object]) -> None:
    """Note what is done once the run of this moment is logged, if it succeeds."""
    click.get_current_context().meta[AT_END] = work


class Recorded(Command):
    """A command with the parameters study, output, notify_cmd and keep that is logged."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command, and log how it ended."""
        from eventstudy.reruns.history.notify import parse_command

        given = dict(context.params)
        for name in ("notify_cmd", "keep"):
            del context.params[name]
        try:
            command = parse_command(given["notify_cmd"]) if given["notify_cmd"] else []
        except ValueError as error:
            raise click.BadParameter(str(error), context, param_hint="--notify-cmd") from None
        if not given["study"].is_file():
            return super().invoke(context)  # there is nothing beside which a log could be
        return self.answered(context, lambda own: self._locked(own, given, command))

    def _locked(
        self, context: click.Context, given: Mapping[str, Any], command: Sequence[str]
    ) -> Any:
        """Run the command under the lock of its study; tell the user's command how it ended."""
        from eventstudy.reruns.lock import locked

        try:
            try:
                with locked(given["study"].absolute()), self._logged(context, given):
                    return super().invoke(context)
            except StudyLockedError as error:
                context.meta[MESSAGE] = str(error)
                complain(f"error: {error}")
                with self._logged(context, given):
                    raise SystemExit(LOCKED) from None
        finally:
            if LOGGED in context.meta:
                for wrong in context.meta[LOGGED].tell(command):
                    complain(wrong)

    @contextmanager
    def _logged(self, context: click.Context, given: Mapping[str, Any]) -> Iterator[None]:
        from eventstudy.reruns.history.finish import conclude

        place, code, started = _place(given), INTERNAL, dt.datetime.now(dt.UTC)
        try:
            yield
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else INTERNAL
            raise
        except (KeyboardInterrupt, click.Abort):
            code = INTERRUPTED
            context.meta[MESSAGE] = "interrupted"
            raise
        except Exception as error:  # whatever it is, it is logged and raised again
            code = USAGE if isinstance(error, click.ClickException) else INTERNAL
            context.meta.setdefault(MESSAGE, f"{type(error).__name__}: {error}")
            raise
        finally:
            done: Done = context.meta.get(DONE) or Done()
            context.meta[LOGGED] = conclude(
                _ended(started, code, context, done),
                place,
                events=context.meta.get(EVENTS),
                keep=given["keep"],
                cause=done.cause,
                causes=done.causes,
            )
            if code in (0, INCOMPLETE) and AT_END in context.meta:
                context.meta[AT_END]()


def _place(given: Mapping[str, Any]) -> Place:
    from eventstudy.errors import InputError
    from eventstudy.reruns.history.finish import Place
    from eventstudy.study.outline import read_outline

    study: Path = given["study"].absolute()
    try:
        outline = read_outline(study)
    except InputError:
        return Place(study, given["output"] or study.parent / "reports")
    return Place(study, given["output"] or outline.reports, outline.title)


def shortened(message: str) -> str:
    """Return a message as it is logged; the terminal has said the rest."""
    over = len(message) - LOGGED_LENGTH
    return f"{message[:LOGGED_LENGTH]} ... ({over:,} more characters)" if over > 0 else message


def _ended(started: dt.datetime, code: int, context: click.Context, done: Done) -> Ended:
    return Ended(
        started,
        dt.datetime.now(dt.UTC),
        code,
        done.changed,
        done.rendered,
        done.kept,
        done.versions,
        shortened(context.meta.get(MESSAGE, "")),
        done.published,
    )
