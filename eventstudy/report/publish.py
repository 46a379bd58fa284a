"""A finished report takes the place of the former one in a single step.

The new report is made complete in a folder beside the old one: what did not change is the
same file (a hard link), strangers' files and folders are carried over. Then the two folders
change names at once, where the system can do that (Linux, macOS). Killed at any moment, there
is one whole report with the manifest that belongs to it. Where folders cannot be exchanged,
files are moved one by one, and the mark of the folder tells that they are on their way.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from eventstudy.files import STORED_LIMIT, flush_folder, read_file_bytes
from eventstudy.report.ownership import (
    FORMAT,
    MANIFEST,
    MARK,
    Standing,
    remember,
    replaced,
    standing_of,
)

PAGES = "events/"
"""Folder of the pages of events."""
STAGE = "building-"
STRANGERS = 100
"""A folder with more files that are not the report's is never exchanged, only written to."""


def page_name(event_id: str) -> str:
    """Return where the page of an event is within the report."""
    return f"{PAGES}{event_id}.html"


def write(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def stage(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside the report; those of runs that were killed are swept.

    Where nothing can be made beside it, or it is a disk of its own, the folder is made inside.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    start = f".{folder.name}-{STAGE}"
    for home in (folder.parent, folder):
        _sweep(home, start)
    made = folder.parent / f"{start}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        try:
            if folder.is_mount():
                raise PermissionError
            made.mkdir()
        except PermissionError:
            made = folder / made.name
            made.mkdir()
        if folder.exists():
            _copy_mode(folder, made)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _sweep(home: Path, start: str) -> None:
    """Remove the folders of runs that were killed: the number in the name is no process now."""
    with contextlib.suppress(OSError):
        for left in home.iterdir():
            maker = re.fullmatch(f"{re.escape(start)}([0-9]{{1,9}})-[0-9a-f]{{8}}", left.name)
            if maker and not left.is_symlink() and not _alive(int(maker[1])):
                shutil.rmtree(left, ignore_errors=True)


def _copy_mode(source: Path, target: Path) -> None:
    """Give a folder the permissions of another, and its owner where that is allowed."""
    known = source.stat()
    with contextlib.suppress(OSError, AttributeError):
        os.chown(target, known.st_uid, known.st_gid)
    target.chmod(stat.S_IMODE(known.st_mode))


def _alive(pid: int) -> bool:
    """Whether the process that made a folder may still be at work on it."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def put(
    folder: Path,
    files: Iterable[tuple[str, bytes]],
    progress: Callable[[int], object],
    kept: Mapping[str, str] | None = None,
    *,
    study: Path | None = None,
    adopt: bool = False,
) -> None:
    """Write the files of a report and put them in the place of the former ones.

    Parameters
    ----------
    folder : Path
        Folder of the report.
    files : iterable of (str, bytes)
        Names within the report and contents, one at a time.
    progress : callable
        Called with the number of files written.
    kept : mapping of str to str, optional
        Files of the former report that stay, and their digests.
    study : Path, optional
        The study file that the report is of.
    adopt : bool
        Whether files in the way that the report did not write may be replaced.

    Raises
    ------
    OutputError
        When something that no report of this study wrote is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    apart, folder = folder.is_symlink(), folder.resolve()
    written = dict(kept or {})
    with stage(folder) as made:
        for name in written:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            _relink(folder / name, made / name)
        for name, data in files:
            write(made / name, data)
            written[name] = hashlib.sha256(data).hexdigest()
            progress(len(written))
        listed = {"format": FORMAT, "files": dict(sorted(written.items()))}
        content = json.dumps(listed, indent=1).encode() + b"\n"
        write(made / MANIFEST, content)
        standing = standing_of(folder, study, adopt=adopt)
        replaced(folder, [*written, MANIFEST, MARK], standing)
        mark = replace(standing.mark, manifest=hashlib.sha256(content).hexdigest(), moving=())
        write(made / MARK, mark.to_json())
        remember(mark, study, written)
        _publish(made, folder, [*written, MANIFEST, MARK], standing, apart=apart)


def _publish(
    made: Path, folder: Path, names: list[str], standing: Standing, *, apart: bool
) -> None:
    """Put a finished report in the place of the former one.

    Parameters
    ----------
    made : Path
        Folder of the new report, beside the old one.
    folder : Path
        Folder of the report.
    names : list of str
        Files of the new report, the manifest and the mark last.
    standing : Standing
        How the folder stands to the report.
    apart : bool
        Whether the folder is known by a link, and must stay the same folder.
    """
    for name in names:
        if _same(made / name, folder / name):
            _relink(folder / name, made / name)
    mine = standing.listed.union(names)
    inside = apart or made.parent == folder or not _exchangeable(folder)
    if inside or not _carry(folder, made, mine):
        _one_by_one(made, folder, names, standing)
        return
    _sync_folders(made, names)
    if not folder.exists():
        made.rename(folder)
    elif _exchange(made, folder):
        _rescue(made, folder, mine)
    else:
        _one_by_one(made, folder, names, standing)
        return
    flush_folder(folder.parent)


def _exchangeable(folder: Path) -> bool:
    """Whether nobody stands in the folder, and no other disk hangs in it."""
    if not folder.exists():
        return True
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return True
    return not here.is_relative_to(folder) and not any(map(os.path.ismount, _folders(folder)))


def _folders(folder: Path) -> list[str]:
    """Return a folder and all folders below it; no link is followed."""
    return [home for home, *_ in os.walk(folder)]


def _strangers(folder: Path, mine: Collection[str]) -> Iterator[str]:
    """Yield the names of files, links and empty folders that are not the report's, deepest last."""
    for home, folders, files in os.walk(folder, onerror=_raise):
        links = [name for name in folders if Path(home, name).is_symlink()]
        for name in (*files, *links):
            inside = Path(home, name).relative_to(folder).as_posix()
            if inside not in mine:
                yield inside
        if not folders and not files and home != str(folder):
            yield Path(home).relative_to(folder).as_posix()


def _raise(error: OSError) -> None:
    raise error


def _carry(folder: Path, made: Path, mine: Collection[str]) -> bool:
    """Let a new report have what is not the report's; False when it is too much, or cannot."""
    if not folder.exists():
        return True
    try:
        for count, name in enumerate(_strangers(folder, mine), 1):
            if count > STRANGERS:
                return False
            source, target = folder / name, made / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir() and not source.is_symlink():
                target.mkdir(exist_ok=True)
            elif not os.path.lexists(target):
                os.link(source, target, follow_symlinks=False)
        for home in reversed(_folders(made)):
            source = folder / Path(home).relative_to(made)
            if source.is_dir() and not source.is_symlink():
                _copy_mode(source, Path(home))
    except OSError:
        return False
    return True


def _rescue(old: Path, folder: Path, mine: Collection[str]) -> None:
    """Bring over what others put in the former folder while the new one was made."""
    for name in list(_strangers(old, mine)):
        source, target = old / name, folder / name
        if source.is_dir() and not source.is_symlink():
            target.mkdir(parents=True, exist_ok=True)
        elif not os.path.lexists(target) or not os.path.samestat(source.lstat(), target.lstat()):
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)


def _same(new: Path, old: Path) -> bool:
    """Whether two files hold the same bytes."""
    try:
        if old.is_symlink() or old.stat().st_size != new.stat().st_size:
            return False
        if old.samefile(new):
            return True
        return read_file_bytes(old, STORED_LIMIT) == read_file_bytes(new, STORED_LIMIT)
    except OSError:
        return False


def _relink(source: Path, target: Path) -> None:
    """Let a name stand for a file that is there already; copy it where links are not known."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange the names of two folders in one step; False where the system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(first), os.fsencode(second)
    if sys.platform.startswith("linux") and hasattr(library, "renameat2"):
        here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        return bool(library.renameat2(here, names[0], here, names[1], exchange) == 0)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(*names, 2) == 0)  # RENAME_SWAP
    return False


def _one_by_one(made: Path, folder: Path, names: list[str], standing: Standing) -> None:
    """Move files into the report, one rename each, the manifest and the mark last.

    Killed in between, the mark tells which files were on their way; the next run repairs.
    """
    stale = standing.listed.difference(names)
    moving = tuple(sorted({*names, *stale} - {MANIFEST, MARK}))
    journal = made / f"{MARK}.moving"
    write(journal, replace(standing.mark, moving=moving).to_json())
    folder.mkdir(exist_ok=True)
    journal.replace(folder / MARK)
    for name in names[:-1]:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (made / name).replace(target)
    for name in stale:
        path = folder / name
        if not path.parent.is_symlink() and not path.is_dir():
            path.unlink(missing_ok=True)
    _sync_folders(folder, names)
    (made / MARK).replace(folder / MARK)
    flush_folder(folder)


def _sync_folders(made: Path, names: Iterable[str]) -> None:
    for path in {made, *((made / name).parent for name in names)}:
        flush_folder(path)
