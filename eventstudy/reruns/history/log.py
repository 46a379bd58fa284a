"""The log of runs, and the last versions of their results.

`runs.jsonl` gets one line a run. `versions/RUN/` holds what a run that changed the report left,
compressed; a version that is as one that is kept already is not stored twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import hashlib
import json
import os
import re
import secrets
import shutil
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from eventstudy.errors import UnknownNameError, nearest
from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.kept import own_folder, refuse_link
from eventstudy.parsing import parse_json
from eventstudy.report.publish import write
from eventstudy.reruns.fingerprint_file import Keys
from eventstudy.versions import __version__
from eventstudy.words.numbers import count

LOG = "runs.jsonl"
VERSIONS = "versions"
KEEP = 10
"""Versions of results that are kept, unless `run --keep` says otherwise."""

RESULTS, EVENTS, MANIFEST, KEYS = "results.json", "events.json", "manifest.json", "keys.json"
NEW = ".new-"
DIGEST = "sha256"


@dataclass(frozen=True)
class Run:
    """One line of the log.

    Parameters
    ----------
    run : str
        Its id: the start in UTC, and four random digits.
    started : str
        ISO time of the start, in UTC.
    seconds : float
        How long it took.
    exit_code : int
        How it ended.
    changed : mapping of str to tuple of str
        The reasons for work, by event id or the name of what concerns all.
    rendered, kept : int
        Event pages that were made, and that stayed as they were.
    versions : mapping of str to str
        Versions of the program and its libraries.
    message : str
        What it said, or why it failed.
    published : bool
        Whether it changed the report.
    version : str
        Run whose stored results are the state after this one; empty when there are none.
    cause : tuple of str
        Why figures changed: "method", "data", both, or nothing that is known.
    causes : mapping of str to tuple of str
        The same by event id, of the events for which something changed.
    """

    run: str
    started: str
    seconds: float
    exit_code: int
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rendered: int = 0
    kept: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    published: bool = False
    version: str = ""
    cause: tuple[str, ...] = ()
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Log:
    """The runs of a study, oldest first.

    Parameters
    ----------
    runs : tuple of Run
        The runs.
    torn : int
        Lines that cannot be read: a run was killed while it wrote one.
    """

    runs: tuple[Run, ...] = ()
    torn: int = 0


def new_id(started: dt.datetime) -> str:
    """Return an id for a run that starts at an aware time."""
    return f"{started.astimezone(dt.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def new_run(started: dt.datetime) -> Run:
    """Return a run that starts at an aware time and has done nothing so far."""
    moment = started.astimezone(dt.UTC).isoformat(timespec="seconds")
    return Run(new_id(started), moment, 0.0, 0, versions={"eventstudy": __version__})


def read_log(folder: Path) -> Log:
    """Read the log of runs.

    Parameters
    ----------
    folder : Path
        What the program keeps of a study: `.eventstudy` beside its study.toml.

    Returns
    -------
    Log
        Lines that are torn are counted, not read.
    """
    try:
        content = read_file_bytes(folder / LOG, STORED_LIMIT)
    except FileNotFoundError:
        return Log()
    read = [_run(line) for line in content.split(b"\n") if line.strip()]
    runs = tuple(run for run in read if run is not None)
    return Log(runs, len(read) - len(runs))


def _run(line: bytes) -> Run | None:
    try:
        content = parse_json(line)
        values = {name: content[name] for name in Run.__dataclass_fields__ if name in content}
        lists = {
            name: {str(key): tuple(words) for key, words in dict(values.get(name, {})).items()}
            for name in ("changed", "causes")
        }
        return Run(**{**values, **lists, "cause": tuple(values.get("cause", ()))})
    except (ValueError, TypeError, AttributeError):
        return None


def append_run(folder: Path, run: Run) -> None:
    """Add a run to the log: one write at its end, on the disk when this returns.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    own_folder(folder)
    refuse_link(folder / LOG)
    text = json.dumps(asdict(run), ensure_ascii=False, separators=(",", ":"))
    line = text.encode(errors="backslashreplace") + b"\n"
    handle = os.open(folder / LOG, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(handle).st_size
        os.lseek(handle, max(size - 1, 0), os.SEEK_SET)
        if size and os.read(handle, 1) != b"\n":
            line = b"\n" + line  # what a killed run tore stays a line of its own
        while line:
            line = line[os.write(handle, line) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def record(
    folder: Path, run: Run, files: Mapping[str, bytes] | None = None, keep: int = KEEP
) -> Run:
    """Log a run, and keep the results that it left.

    Parameters
    ----------
    folder : Path
        What the program keeps of a study.
    run : Run
        The run; its `version` is filled in here.
    files : mapping of str to bytes, optional
        What a run that changed the report left: ``results.json``, ``manifest.json``,
        ``keys.json``, ``events.json`` (see `events_json`). None = the last version still stands.
    keep : int
        Different versions to keep.

    Returns
    -------
    Run
        The run as it stands in the log.

    Raises
    ------
    OSError
        When it cannot be written; the report itself is not touched.
    """
    before = read_log(folder).runs
    if files is None:
        run = replace(run, version=before[-1].version if before else "")
        append_run(folder, run)
        return run
    version, fault = "", None
    try:
        version = _store(folder, run.run, files) if keep else ""
    except OSError as error:  # the run is logged all the same
        fault = error
    run = replace(run, version=version)
    append_run(folder, run)
    if fault:
        raise fault
    _prune(folder, (*before, run), keep)
    return run


def events_json(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return the events of a version by id, each with its cells by column."""
    index = list(columns).index("event_id")
    content = {row[index]: dict(zip(columns, row, strict=True)) for row in rows}
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()


def _store(folder: Path, name: str, files: Mapping[str, bytes]) -> str:
    """Keep files under the name of a run; return the name under which they are kept."""
    home = folder / VERSIONS
    digest = hashlib.sha256()
    for key in sorted(files):
        digest.update(f"{key}:{hashlib.sha256(files[key]).hexdigest()}\n".encode())
    for same in sorted(home.glob(f"*/{DIGEST}"), reverse=True):
        if read_file_bytes(same, STORED_LIMIT).decode("ascii").strip() == digest.hexdigest():
            return same.parent.name
    own_folder(own_folder(folder) / VERSIONS)
    for left in home.glob(f"{NEW}*"):
        shutil.rmtree(left, ignore_errors=True)
    made = home / f"{NEW}{name}"
    made.mkdir()
    packed = {f"{key}.gz": gzip.compress(content, 6, mtime=0) for key, content in files.items()}
    try:
        for key, content in {**packed, DIGEST: digest.hexdigest().encode()}.items():
            write(made / key, content)
        made.rename(home / name)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return name


def _prune(folder: Path, runs: Sequence[Run], keep: int) -> None:
    """Remove versions but those last in use; only whoever holds the lock may do so."""
    used = list(dict.fromkeys(run.version for run in reversed(runs) if run.version))
    with contextlib.suppress(OSError):
        for version in (folder / VERSIONS).iterdir():
            if version.name not in used[:keep]:
                shutil.rmtree(version, ignore_errors=True)


def find_run(log: Log, name: str) -> Run:
    """Return a run by its id, the beginning of one, ``last`` or ``last~N``.

    Parameters
    ----------
    log : Log
        The runs.
    name : str
        ``last`` is the last run that changed the report, ``last~1`` the one before it.

    Returns
    -------
    Run

    Raises
    ------
    UnknownNameError
        When there is no such run, or several begin so; it lists them.
    """
    published = [run for run in log.runs if run.published]
    word, sign, back = name.partition("~")
    if word == "last" and (re.fullmatch("[0-9]{1,9}", back) if sign else True):
        steps = int(back or 0)
        if steps < len(published):
            return published[-1 - steps]
        many = count(len(published), "run")
        raise UnknownNameError(f"there is no {name}: {many} changed the report so far")
    matching = [run for run in log.runs if run.run.startswith(name)] if name else []
    exact = [run for run in matching if run.run == name]
    if len(exact or matching) == 1:
        return (exact or matching)[0]
    ids = [run.run for run in reversed(matching or log.runs)]
    listed = ", ".join(ids[:12]) + (", ..." if len(ids) > 12 else "")
    if matching:
        raise UnknownNameError(f"several runs begin with {name!r}: {listed}")
    close = nearest(name, ids) if ids else ""
    hint = f"{close} " if close.startswith("Did") else ""
    raise UnknownNameError(f"no run {name!r}. {hint}Runs: {listed or 'none yet'}")


def read_version(folder: Path, run: Run) -> dict[str, Any]:
    """Return what a run left: its results, its events under ``events``, its keys under ``keys``.

    Versions that an earlier program kept have no keys.

    Raises
    ------
    UnknownNameError
        When its results are not kept any more, or cannot be read.
    """
    home = folder / VERSIONS / run.version
    if not run.version or not home.is_dir():
        kept = [path.name for path in sorted(home.parent.glob("[!.]*"))] if run.version else []
        listed = f"kept are those of {', '.join(kept)}" if kept else "none are kept"
        raise UnknownNameError(f"the results of run {run.run} are not kept: {listed}")
    try:
        content = dict(_kept_json(home / f"{RESULTS}.gz"))
        events = home / f"{EVENTS}.gz"
        if events.exists():
            content["events"] = _kept_json(events)
        if (keys := _keys(home / f"{KEYS}.gz")) is not None:
            content["keys"] = keys
    except (OSError, EOFError, ValueError, TypeError, zlib.error) as error:
        message = f"the results of run {run.run} cannot be read from {home}: {error}"
        raise UnknownNameError(message) from error
    return content


def _kept_json(path: Path) -> Any:
    return parse_json(gzip.decompress(read_file_bytes(path, STORED_LIMIT)))


def _keys(path: Path) -> Keys | None:
    """Return kept keys; None where there are none, or of another format."""
    if not path.exists():
        return None
    text = gzip.decompress(read_file_bytes(path, STORED_LIMIT)).decode()
    with contextlib.suppress(ValueError):
        return Keys.from_json(text)
    return None


def made_by(log: Log, run: Run) -> dict[str, str]:
    """Return the versions of the engine and of the libraries that made what a run left.

    Parameters
    ----------
    log : Log
        All runs.
    run : Run
        One of them; a run that changed nothing left what an earlier one had made.
    """
    by_id = {entry.run: entry for entry in log.runs}
    return dict(by_id.get(run.version, run).versions)
