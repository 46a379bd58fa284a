"""Whose a report folder is: only files that a report of this study wrote are ever replaced.

The folder carries a mark, a small file with a random id and the digest of the manifest that
belongs to it. The ids of a study's reports are kept beside the study too; a copy of a study
with its report (a clone, a moved folder) is recognised by where one lies from the other.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from eventstudy.errors import OutputError
from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.kept import KEPT, put_kept
from eventstudy.parsing import read_json

MANIFEST = "manifest.json"
MARK = "eventstudy.json"
FORMAT = 1
MOST_LISTED = 20
"""Names of files that a refusal lists."""

_REPORT_FILE = re.compile(r"index\.html|(?:assets|data|events)/[^/\\]+")
"""Names that files of a report have; nothing else is ever taken for one."""
_FOLDERS = ("assets", "data", "events")
_DIGEST = re.compile("[0-9a-f]{64}")
_ID = re.compile("[0-9a-f]{32}")
_ADOPTED = "the report of version 0.1 that is there is adopted: it gets a mark"
_INTERRUPTED = "a run was interrupted while it put files in the report"
_ELSEWHERE = "name another folder with --output or `reports` in study.toml"
_ADOPT = "let them be replaced with --adopt (in Python: adopt=True)"


@dataclass(frozen=True)
class Mark:
    """What the mark of a report folder says.

    Parameters
    ----------
    id : str
        Random id of the report.
    study : str
        Digest of where the study file lies from the folder; empty when the report is of no
        study file.
    manifest : str
        SHA-256 of the manifest that belongs to it.
    moving : tuple of str
        Files that are being put into the folder one by one, or removed from it; empty when
        none are.
    """

    id: str
    study: str = ""
    manifest: str = ""
    moving: tuple[str, ...] = ()

    @classmethod
    def new(cls, folder: Path, study: Path | None) -> Mark:
        """Return a mark with a new id."""
        new_id = secrets.token_hex(16)
        return cls(new_id, _direction(new_id, folder, study))

    def to_json(self) -> bytes:
        """Return the mark as the file that holds it."""
        return (json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n").encode()


@dataclass(frozen=True)
class Standing:
    """How a folder stands to the report that is to be put there.

    Parameters
    ----------
    mark : Mark
        Its mark, or the one that it will get.
    files : dict of str
        Files of this report that are there, as the manifest lists them with their digests.
    moving : frozenset of str
        Files that an interrupted run was putting there or removing.
    known : frozenset of str
        Files that were the report's when its manifest was lost; they may be replaced, but are
        never removed.
    repair : str
        Why the report must be made again, or marked, whatever its keys say; empty when it
        need not be.
    adopt : bool
        Whether the user said that files in the way may be replaced.
    """

    mark: Mark
    files: dict[str, str] = field(default_factory=dict)
    moving: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    repair: str = ""
    adopt: bool = False

    @property
    def listed(self) -> frozenset[str]:
        """Names of files that the report wrote and that go when they are no longer part of it."""
        return self.moving.union(self.files)

    @property
    def owned(self) -> frozenset[str]:
        """Names of files that may be replaced."""
        names = {*self.listed, *self.known}
        names |= {MANIFEST} if names else set()
        return frozenset(names | {MARK} if self.mark.manifest else names)


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file that the program wrote; empty when there is none."""
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def former(folder: Path) -> dict[str, str]:
    """Return the files that a manifest lists, and their digests; empty when it is no manifest."""
    files = read_object(folder / MANIFEST).get("files")
    if not isinstance(files, dict) or "index.html" not in files:
        return {}
    whole = all(
        _REPORT_FILE.fullmatch(name) and isinstance(digest, str) and _DIGEST.fullmatch(digest)
        for name, digest in files.items()
    )
    return files if whole else {}


def read_mark(folder: Path) -> Mark | None:
    """Return the mark of a folder; None when it has none that can be read."""
    content = read_object(folder / MARK)
    if content.pop("format", None) != FORMAT:
        return None
    try:
        mark = Mark(**{**content, "moving": tuple(content.get("moving", ()))})
    except TypeError:
        return None
    texts = (mark.id, mark.study, mark.manifest, *mark.moving)
    whole = all(isinstance(text, str) for text in texts) and _ID.fullmatch(mark.id)
    named = all(_REPORT_FILE.fullmatch(name) for name in mark.moving)
    return mark if whole and named else None


def damaged(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with files of a report that are not what the manifest says."""
    wrong = {}
    for name, digest in files.items():
        try:
            content = read_file_bytes(folder / name, STORED_LIMIT)
        except OSError as error:
            wrong[name] = "is missing" if isinstance(error, FileNotFoundError) else str(error)
            continue
        if hashlib.sha256(content).hexdigest() != digest:
            wrong[name] = "was changed"
    return wrong


def manifest_fault(folder: Path, mark: Mark) -> str:
    """Return why the manifest of a marked folder is not the one that was written with it."""
    if mark.moving:
        return _INTERRUPTED
    wrong = damaged(folder, {MANIFEST: mark.manifest})
    if not wrong and not former(folder):
        wrong = {MANIFEST: "was changed"}
    return f"{MANIFEST} {wrong[MANIFEST]}" if wrong else ""


def standing_of(folder: Path, study: Path | None = None, *, adopt: bool = False) -> Standing:
    """Look at a folder in which a report is to be put.

    Parameters
    ----------
    folder : Path
        The folder.
    study : Path, optional
        The study file that the report is of; None = results in memory.
    adopt : bool
        Whether the user said that files in the way may be replaced.

    Returns
    -------
    Standing

    Raises
    ------
    OutputError
        When it is marked as the report of another study, and is not to be adopted.
    """
    mark, files = read_mark(folder), former(folder)
    if mark is None:
        return replace(_unmarked(folder, study, files), adopt=adopt)
    if not _is_ours(mark, folder, study):
        if not adopt:
            message = "it holds the report of another study, as its mark says"
            cure = f"{_ELSEWHERE.capitalize()}, or {_ADOPT}."
            raise OutputError.of(str(folder), message, cure)
        return Standing(Mark.new(folder, study), repair="it was another's", adopt=True)
    mark = replace(mark, study=_direction(mark.id, folder, study))
    if mark.moving:
        moving = frozenset({*mark.moving, *files})
        return Standing(mark, moving=moving, repair=_INTERRUPTED, adopt=adopt)
    if fault := manifest_fault(folder, mark):
        known = frozenset(_reports(study).get(mark.id, Written()).files)
        return Standing(mark, known=known, repair=fault, adopt=adopt)
    return Standing(mark, files, adopt=adopt)


def _unmarked(folder: Path, study: Path | None, files: dict[str, str]) -> Standing:
    """Look at a folder without a mark: one of our own that lost it, of version 0.1, or neither."""
    if not files:
        return Standing(Mark.new(folder, study))
    digest = hashlib.sha256(read_file_bytes(folder / MANIFEST, STORED_LIMIT)).hexdigest()
    for report_id, written in _reports(study).items():
        if written.manifest == digest:
            mark = Mark(report_id, _direction(report_id, folder, study), digest)
            return Standing(mark, files, repair=f"{MARK} is gone")
    if "format" in read_object(folder / MANIFEST) or damaged(folder, files):
        return Standing(Mark.new(folder, study))
    return Standing(Mark.new(folder, study), files, repair=_ADOPTED)


def _is_ours(mark: Mark, folder: Path, study: Path | None) -> bool:
    if study is None:
        return not mark.study
    return mark.id in _reports(study) or mark.study == _direction(mark.id, folder, study)


def _direction(report_id: str, folder: Path, study: Path | None) -> str:
    """Return a digest of where a study lies from its report; it tells no path."""
    if study is None:
        return ""
    try:
        way = os.path.relpath(study.resolve(), folder.resolve())
    except ValueError:  # another drive
        way = str(study.resolve())
    return hashlib.sha256(f"{report_id}:{Path(way).as_posix()}".encode()).hexdigest()[:16]


def _kept(study: Path) -> Path:
    return study.absolute().parent / KEPT / f"{study.name}.reports.json"


class Written(NamedTuple):
    """What was last written of a report: names of its files, SHA-256 of its manifest."""

    files: tuple[str, ...] = ()
    manifest: str = ""


def _reports(study: Path | None) -> dict[str, Written]:
    """Return what was last written of each report of a study, by its id."""
    reports = read_object(_kept(study)).get("reports") if study else None
    try:
        return {
            report_id: Written(tuple(map(str, files)), str(manifest))
            for report_id, (files, manifest) in dict(reports or {}).items()
        }
    except (TypeError, ValueError):
        return {}


def remember(mark: Mark, study: Path | None, names: Iterable[str]) -> None:
    """Keep the id of a report and the names of its files beside its study.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    if study is None:
        return
    reports = {**_reports(study), mark.id: Written(tuple(sorted(names)), mark.manifest)}
    put_kept(_kept(study), json.dumps({"format": FORMAT, "reports": reports}).encode())


def in_the_way(folder: Path, names: Iterable[str], standing: Standing) -> dict[str, str]:
    """Return what would be replaced and is not the report's own, and what it is.

    Parameters
    ----------
    folder : Path
        Folder of the report.
    names : iterable of str
        Files that are to be put there.
    standing : Standing
        How the folder stands to the report.

    Returns
    -------
    dict of str
        By name: ``"a file"``, ``"a link"``, ``"a folder"``, or ``"a file of another kind"``.
    """
    kinds, replaceable = {}, standing.owned
    parents: dict[str, None] = {}
    for name in names:
        parents[name.rpartition("/")[0]] = None
        kind = _kind(folder / name)
        if kind == "a folder" or (kind and name not in replaceable):
            kinds[name] = kind
    for parent in parents:
        if parent and (kind := _kind(folder / parent)) and kind != "a folder":
            kinds = {name: kinds[name] for name in kinds if not name.startswith(f"{parent}/")}
            kinds[parent] = kind
    return kinds


def _kind(path: Path) -> str:
    """Return what is at a path, without following a link; empty when nothing is."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    kinds = {stat.S_IFREG: "a file", stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}
    return kinds.get(stat.S_IFMT(mode), "a file of another kind")


def replaced(folder: Path, names: Iterable[str], standing: Standing) -> list[str]:
    """Return which files will be replaced though the report did not write them.

    Raises
    ------
    OutputError
        When there are any and they are not to be adopted, or a folder is where a file must be,
        a link or a file where a folder must be: that is never replaced.
    """
    kinds = in_the_way(folder, names, standing)
    never = {name: kinds[name] for name in kinds if kinds[name] == "a folder" or name in _FOLDERS}
    if never:
        listed = ", ".join(f"{name} ({kind})" for name, kind in never.items())
        cure = f"Move it away, or {_ELSEWHERE}."
        message = f"what a report never replaces is in its way: {listed}"
        raise OutputError.of(str(folder), message, cure)
    if kinds and not standing.adopt:
        listed = ", ".join(list(kinds)[:MOST_LISTED])
        more = len(kinds) - MOST_LISTED
        listed += f" and {more} more" if more > 0 else ""
        message = f"files that no report of this study wrote would be replaced: {listed}"
        if standing.repair and not standing.owned.difference((MARK,)):
            message = (
                f"{standing.repair}: which files are the report's is not known; {listed} are there"
            )
        raise OutputError.of(str(folder), message, f"{_ELSEWHERE.capitalize()}, or {_ADOPT}.")
    return list(kinds)
