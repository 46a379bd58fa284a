"""The end of every run: it is logged, its results are kept, and whoever asked is told."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.kept import KEPT
from eventstudy.reruns.history import log
from eventstudy.reruns.history.notify import INCOMPLETE, is_news, notify, summary

if TYPE_CHECKING:
    from eventstudy.events.events import Events


@dataclass(frozen=True)
class StudyPaths:
    """Where a study and its report are.

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
    paths : StudyPaths
        Where its study and its report are.
    wrong : tuple of str
        What could not be written.
    """

    run: log.Run
    before: log.Run | None
    paths: StudyPaths
    wrong: tuple[str, ...] = ()

    def tell(self, command: Sequence[str]) -> list[str]:
        """Tell the user's command of a run that is news; the lock of the study need not be held.

        Parameters
        ----------
        command : sequence of str
            What `notify.parse_command` made of it; empty for none.

        Returns
        -------
        list of str
            What went wrong, to be shown.
        """
        wrong = list(self.wrong)
        if command and is_news(self.run, self.before):
            paths, index = self.paths, self.paths.report / "index.html"
            content = summary(self.run, title=paths.title, study=paths.study, report=index)
            if fault := notify(command, content):
                wrong.append(f"--notify-cmd: {fault}")
        return wrong


def conclude(
    run: log.Run, paths: StudyPaths, *, events: Events | None = None, keep: int = log.KEEP
) -> Concluded:
    """Log a run and keep what it left; call it once, at the end.

    A run that read its events must still hold the lock of its study: what the report holds is
    kept, also when the run that made it was killed before it could be, and versions that are
    no longer needed are removed. Nothing that goes wrong here changes how the run ended.

    Parameters
    ----------
    run : Run
        The run.
    paths : StudyPaths
        Where its study and its report are.
    events : Events, optional
        The events that it read, for `eventstudy diff`.
    keep : int
        Versions to keep.

    Returns
    -------
    Concluded
    """
    folder = paths.study.parent / KEPT
    before = None
    try:
        before = next(reversed(log.read_log(folder).runs), None)
        whole = run.published or (events is not None and run.exit_code in (0, INCOMPLETE))
        run = log.record(folder, run, _files(paths.report, events) if whole else None, keep)
    except OSError as error:
        why = f"the log of runs in {folder} cannot be written: {error.strerror or error}"
        return Concluded(run, before, paths, (why,))
    return Concluded(run, before, paths)


def _files(report: Path, events: Events | None) -> dict[str, bytes]:
    """Return what a report holds of its results and of what they depend on."""
    data = report / "data"
    files = {
        log.RESULTS: read_file_bytes(data / log.RESULTS, STORED_LIMIT),
        log.MANIFEST: read_file_bytes(report / log.MANIFEST, STORED_LIMIT),
    }
    with contextlib.suppress(FileNotFoundError):  # a report may have been written by the library
        files[log.KEYS] = read_file_bytes(data / log.KEYS, STORED_LIMIT)
    if events is not None:
        files[log.EVENTS] = log.events_json(events.columns, (row.cells for row in events.rows))
    return files
