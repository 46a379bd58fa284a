"""A note that a report is up to date with these very inputs, so that a run can end at once.

It is this machine's own and may be deleted at any time: without it the study is compared with
its report in full. Only the standard library is needed to read it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import InputError
from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.kept import KEPT, put_kept
from eventstudy.moment import tomorrow
from eventstudy.parsing import read_json
from eventstudy.report.ownership import MANIFEST, MARK, damaged, former
from eventstudy.reruns.fingerprint_file import digest, read_keys
from eventstudy.study.outline import read_content, read_outline
from eventstudy.versions import engine_versions

if TYPE_CHECKING:
    from eventstudy.study.study_file import Study


@dataclass(frozen=True)
class Note:
    """The files and inputs with which a report was up to date.

    Parameters
    ----------
    report : str
        Folder of the report.
    manifest : str
        SHA-256 of its manifest.
    files : dict of list
        Size of each of its files, and when it was written. A file that differs in either is
        hashed again.
    inputs : dict of str
        SHA-256 of each input by path; empty = there was no such file.
    content : str
        Digest of what the study file says, however it is written.
    engine : dict of str
        Versions.
    quick, offline : bool
        How the run was asked for.
    until : str
        ISO time at which a source is due to be asked again; empty = none is.
    stale : dict of str
        Series that were stale, and why.
    """

    report: str
    manifest: str
    files: dict[str, list[int]]
    inputs: dict[str, str]
    content: str
    engine: dict[str, str]
    quick: bool
    offline: bool
    until: str = ""
    stale: dict[str, str] = field(default_factory=dict)


def _path(study: Path) -> Path:
    return study.parent / KEPT / f"{study.name}.current.json"


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of files by absolute path; empty for one that cannot be read."""
    made = {}
    for path in map(Path.absolute, paths):
        try:
            made[str(path)] = hashlib.sha256(read_file_bytes(path, STORED_LIMIT)).hexdigest()
        except OSError:
            made[str(path)] = ""
    return made


class Inputs:
    """The inputs of a run as they were before it began.

    Parameters
    ----------
    study : Path
        The study file.
    """

    def __init__(self, study: Path) -> None:
        self.path = study
        try:
            self.before = digests([study, read_outline(study).events])
        except InputError:
            self.before = {}

    def add(self, study: Study) -> None:
        """Note the files of prices; they are not read yet."""
        from eventstudy.bars.requests import bar_files
        from eventstudy.prices.files_read import fixed_files

        folder = study.path.parent
        files = (*fixed_files(study.request, folder), *bar_files(study.bar_request, folder))
        self.before |= digests(files)

    def write_note(self, study: Study, folder: Path, *, quick: bool) -> None:
        """Note that a report is up to date with these inputs, if that is so.

        Parameters
        ----------
        study : Study
            The study as it was run.
        folder : Path
            Folder of its report.
        quick : bool
            Whether what runs the study at placebo dates was left out.
        """
        from eventstudy.bars.requests import LIVE
        from eventstudy.design.reach import waits_for_files
        from eventstudy.prices.files_read import live_files

        if any(table.get("source") in LIVE for table in study.bar_request.values()):
            return  # the bars must be asked for again
        live = live_files(study.request, study.path.parent, study.prices)
        stale = dict(study.prices.stale)
        if live is None or (stale and not study.offline):
            return  # a source must be asked again
        inputs = self.before | digests(live[0])
        if digests(map(Path, inputs)) != inputs:
            return  # something changed meanwhile
        parts = (study.events, study.used, study.model, study.windows, study.options)
        ends = [live[1], tomorrow() if waits_for_files(*parts) else None]
        until = min((end for end in ends if end), default=None)
        with contextlib.suppress(OSError):  # it is a convenience
            note = Note(
                str(folder.resolve()),
                _manifest(folder),
                {name: _stamp(folder / name) for name in (*former(folder), MARK)},
                inputs,
                _content(self.path),
                engine_versions(),
                quick,
                study.offline,
                until.isoformat() if until else "",
                stale,
            )
            put_kept(_path(self.path), json.dumps(asdict(note)).encode())


def _content(study: Path) -> str:
    """Return the digest of what a study file says; it stays when the file is only reformatted."""
    return digest(read_content(study)[1])


def _same(note: Note, study: Path, folder: Path) -> bool:
    """Whether the inputs are those of the note, or say the same in another form."""
    now = digests(map(Path, note.inputs))
    differ = [path for path in now if now[path] != note.inputs[path]]
    study_path = str(study.absolute())
    if study_path in differ and _content(study) == note.content:
        differ.remove(study_path)
    if not differ:
        return True
    outline = read_outline(study)
    if outline.listed or differ != [str(outline.events.absolute())]:
        return False
    from eventstudy.events.reading import read_events
    from eventstudy.reruns.event_digests import rows_of

    keys = read_keys(folder)
    events = read_events(outline.events, timezone=outline.timezone or None).in_order()
    if keys is None or list(events.columns) != keys.columns:
        return False
    return list(rows_of(events).items()) == [(name, key.row) for name, key in keys.events.items()]


def _stamp(path: Path) -> list[int]:
    """Return the size of a file, and when it was written."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _whole(note: Note, folder: Path) -> bool:
    """Whether the files of the report are those of its manifest."""
    doubtful = [name for name, stamp in note.files.items() if _stamp(folder / name) != stamp]
    if not doubtful:
        return True
    manifest = former(folder)
    return not damaged(folder, {name: manifest[name] for name in doubtful})


def _manifest(folder: Path) -> str:
    (manifest,) = digests([folder / MANIFEST]).values()
    return manifest


def current(study: Path, folder: Path, *, quick: bool, offline: bool) -> Note | None:
    """Return the note when it still holds: nothing is to be done.

    Parameters
    ----------
    study : Path
        The study file.
    folder : Path
        Folder of the report.
    quick, offline : bool
        How the run is asked for.

    Returns
    -------
    Note or None
    """
    try:
        note = Note(**read_json(_path(study)))
        moment = dt.datetime.fromisoformat(note.until) if note.until else None
        holds = (
            note.report == str(folder.resolve())
            and note.quick == quick
            and (offline or not note.stale)
            and (moment is None or dt.datetime.now(dt.UTC) < moment)
            and note.engine == engine_versions()
            and note.manifest == _manifest(folder)
            and _same(note, study, folder)
            and _whole(note, folder)
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, InputError):
        return None
    return note if holds else None
