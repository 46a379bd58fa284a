"""The end of every run: it is logged, its results are kept, and whoever asked is told."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.kept import KEPT
from eventstudy.reruns.history.log import (
    EVENTS,
    KEEP,
    KEYS,
    MANIFEST,
    RESULTS,
    Run,
    events_json,
    new_id,
    read_log,
    record,
)
from eventstudy.reruns.history.notify import INCOMPLETE, is_news, notify, summary


class Outcome(Protocol):
    """What is known of a run when it ends."""

    @property
    def started(self) -> dt.datetime:
        """Its start, aware of its zone."""

    @property
    def finished(self) -> dt.datetime:
        """Its end."""

    @property
    def exit_code(self) -> int:
        """How it ends."""

    @property
    def changed(self) -> Mapping[str, Sequence[str]]:
        """Reasons for work by event id."""

    @property
    def rendered(self) -> int:
        """Event pages that were made."""

    @property
    def kept(self) -> int:
        """Event pages that stayed as they were."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of the program and its libraries."""

    @property
    def message(self) -> str:
        """What it says, or why it failed."""

    @property
    def published(self) -> bool:
        """Whether it changed the report."""


@dataclass(frozen=True)
class Place:
    """Whose run it was.

    Parameters
    ----------
    study : Path
        The study file.
    report : Path
        Folder of its report.
    title : str
        Its title; empty when the study could not be read.
    """

    study: Path
    report: Path
    title: str = ""


@dataclass(frozen=True)
class Concluded:
    """A run that was logged.

    Parameters
    ----------
    run : Run
        Its line of the log.
    before : Run or None
        The one before it.
    place : Place
        Whose it was.
    wrong : tuple of str
        What could not be written.
    """

    run: Run
    before: Run | None
    place: Place
    wrong: tuple[str, ...] = ()

    def tell(self, command: Sequence[str]) -> list[str]:
        """Tell the user's command, when the run is news; the lock of the study may be free again.

        Parameters
        ----------
        command : sequence of str
            What `notify.parse_command` made of it; empty for none.

        Returns
        -------
        list of str
            What went wrong, to be shown.
        """
        found = list(self.wrong)
        if command and is_news(self.run, self.before):
            own, report = self.place, self.place.report / "index.html"
            content = summary(self.run, title=own.title, study=own.study, report=report)
            if fault := notify(command, content):
                found.append(f"--notify-cmd: {fault}")
        return found


def conclude(
    outcome: Outcome,
    place: Place,
    *,
    events: tuple[Sequence[str], Sequence[Sequence[str]]] | None = None,
    keep: int = KEEP,
    cause: Sequence[str] = (),
    causes: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Concluded:
    """Log a run and keep what it left; call it once, at the end.

    A run that read its events must still hold the lock of its study: what the report holds is
    kept, also when the run that made it was killed before it could be, and versions that are
    no longer needed are removed. Nothing that goes wrong here changes how the run ended.

    Parameters
    ----------
    outcome : Outcome
        The run.
    place : Place
        Whose it was.
    events : tuple, optional
        Columns and cells of the events that the run read, for `eventstudy diff`.
    keep : int
        Versions to keep.
    cause : sequence of str
        Why figures changed: "method", "data", both, or nothing that is known.
    causes : mapping of str to sequence of str
        The same by event id.

    Returns
    -------
    Concluded
    """
    by_event = {name: tuple(kinds) for name, kinds in causes.items()}
    run = replace(run_of(outcome), cause=tuple(cause), causes=by_event)
    folder = place.study.parent / KEPT
    before = None
    try:
        before = next(reversed(read_log(folder).runs), None)
        whole = run.published or (events is not None and run.exit_code in (0, INCOMPLETE))
        run = record(folder, run, _files(place, events) if whole else None, keep)
    except OSError as error:
        why = f"the log of runs in {folder} cannot be written: {error.strerror or error}"
        return Concluded(run, before, place, (why,))
    return Concluded(run, before, place)


def run_of(outcome: Outcome) -> Run:
    """Return an outcome as a line of the log."""
    return Run(
        new_id(outcome.started),
        outcome.started.astimezone(dt.UTC).isoformat(timespec="seconds"),
        round((outcome.finished - outcome.started).total_seconds(), 2),
        outcome.exit_code,
        {name: tuple(reasons) for name, reasons in outcome.changed.items()},
        outcome.rendered,
        outcome.kept,
        dict(outcome.versions),
        outcome.message,
        outcome.published,
    )


def _files(
    place: Place, events: tuple[Sequence[str], Sequence[Sequence[str]]] | None
) -> dict[str, bytes]:
    data = place.report / "data"
    files = {
        RESULTS: read_file_bytes(data / RESULTS, STORED_LIMIT),
        MANIFEST: read_file_bytes(place.report / MANIFEST, STORED_LIMIT),
    }
    with contextlib.suppress(FileNotFoundError):  # a report may have been written by the library
        files[KEYS] = read_file_bytes(data / KEYS, STORED_LIMIT)
    return {**files, EVENTS: events_json(*events)} if events else files
