"""A note that a report is up to date with these very inputs, so that a run can end at once.

It is this machine's own and may be deleted at any time: without it the study is compared with
its report in full. Only the standard library is needed to read it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from eventstudy.errors import InputError
from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.kept import KEPT, put_kept
from eventstudy.parsing import read_json
from eventstudy.report.ownership import MANIFEST, MARK, damaged, former
from eventstudy.reruns.fingerprint_file import digest, read_keys
from eventstudy.study.outline import read_content, read_outline
from eventstudy.versions import engine_versions


@dataclass(frozen=True)
class Certificate:
    """What was there when a report was found or made up to date.

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
    found = {}
    for path in map(Path.absolute, paths):
        try:
            found[str(path)] = hashlib.sha256(read_file_bytes(path, STORED_LIMIT)).hexdigest()
        except OSError:
            found[str(path)] = ""
    return found


def certify(
    study: Path,
    folder: Path,
    inputs: Mapping[str, str],
    *,
    quick: bool,
    offline: bool,
    until: dt.datetime | None,
    stale: Mapping[str, str],
) -> None:
    """Note that a report is up to date.

    Parameters
    ----------
    study : Path
        The study file.
    folder : Path
        Folder of the report.
    inputs : mapping of str to str
        What `digests` returned for everything that was read, before it was.
    quick, offline : bool
        How the run was asked for.
    until : datetime or None
        When a source is due to be asked again.
    stale : mapping of str to str
        Series that are stale, and why.
    """
    if digests(map(Path, inputs)) != inputs or (stale and not offline):
        return  # something changed meanwhile, or a source must be asked again
    try:
        files = {name: _stamp(folder / name) for name in (*former(folder), MARK)}
    except OSError:
        return
    note = Certificate(
        str(folder.resolve()),
        _manifest(folder),
        files,
        dict(inputs),
        _content(study),
        engine_versions(),
        quick,
        offline,
        until.isoformat() if until else "",
        dict(stale),
    )
    with contextlib.suppress(OSError):  # it is a convenience
        put_kept(_path(study), json.dumps(asdict(note)).encode())


def _content(study: Path) -> str:
    """Return the digest of what a study file says; it stays when the file is only reformatted."""
    return digest(read_content(study)[1])


def _same(note: Certificate, study: Path, folder: Path) -> bool:
    """Whether the inputs are those of the note, or say the same in another form."""
    now = digests(map(Path, note.inputs))
    differ = [path for path in now if now[path] != note.inputs[path]]
    if (own := str(study.absolute())) in differ and _content(study) == note.content:
        differ.remove(own)
    if not differ:
        return True
    outline = read_outline(study)
    if outline.listed or differ != [str(outline.events.absolute())]:
        return False
    from eventstudy.events.events import read_events
    from eventstudy.reruns.event_digests import rows_of

    keys = read_keys(folder)
    events = read_events(outline.events, timezone=outline.timezone or None).in_order()
    if keys is None or list(events.columns) != keys.columns:
        return False
    return list(rows_of(events).items()) == [(name, own.row) for name, own in keys.events.items()]


def _stamp(path: Path) -> list[int]:
    """Return the size of a file, and when it was written."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _whole(note: Certificate, folder: Path) -> bool:
    """Whether the files of the report are those of its manifest."""
    doubtful = [name for name, stamp in note.files.items() if _stamp(folder / name) != stamp]
    if not doubtful:
        return True
    manifest = former(folder)
    return not damaged(folder, {name: manifest[name] for name in doubtful})


def _manifest(folder: Path) -> str:
    (found,) = digests([folder / MANIFEST]).values()
    return found


def current(study: Path, folder: Path, *, quick: bool, offline: bool) -> Certificate | None:
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
    Certificate or None
    """
    try:
        note = Certificate(**read_json(_path(study)))
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
