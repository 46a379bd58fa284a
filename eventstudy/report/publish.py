"""A finished report takes the place of the former one in a single step.

The new report is made complete in a folder beside the old one: what did not change is the
same file (a hard link), strangers' files are carried over. Then the two folders change
names at once, where the system can do that (Linux, macOS). Killed at any moment, there is
one whole report with the manifest that belongs to it.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.parsing import read_json

MANIFEST = "manifest.json"
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


def former(folder: Path) -> dict[str, str]:
    """Return the files that the last report wrote, and their digests."""
    try:
        return dict(read_json(folder / MANIFEST)["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


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


@contextmanager
def stage(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside the report; those of runs that were killed are swept.

    Where nothing can be made beside it, the folder is made inside.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    start = f".{folder.name}-{STAGE}"
    for place in (folder.parent, folder):
        for left in place.glob(f"{start}*"):
            if not _alive(left.name.removeprefix(start).partition("-")[0]):
                shutil.rmtree(left, ignore_errors=True)
    made = folder.parent / f"{start}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.mkdir()
        except PermissionError:
            made = folder / made.name
            made.mkdir()
        made.chmod(folder.stat().st_mode & 0o7777 if folder.exists() else _mode())
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _mode() -> int:
    """Return the mode of new folders."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o777 & ~mask


def _alive(pid: str) -> bool:
    """Whether the process that made a folder may still be at work on it."""
    if not re.fullmatch("[0-9]{1,9}", pid) or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
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
    """
    written = dict(kept or {})
    with stage(folder) as made:
        for name in written:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            _relink(folder / name, made / name)
        for name, data in files:
            write(made / name, data)
            written[name] = hashlib.sha256(data).hexdigest()
            progress(len(written))
        content = {"files": dict(sorted(written.items()))}
        write(made / MANIFEST, (json.dumps(content, indent=1) + "\n").encode())
        publish(made, folder, [*written, MANIFEST])


def publish(made: Path, folder: Path, names: list[str]) -> None:
    """Put a finished report in the place of the former one.

    Parameters
    ----------
    made : Path
        Folder of the new report, beside the old one.
    folder : Path
        Folder of the report.
    names : list of str
        Files of the new report, the manifest last.
    """
    own = {*former(folder), MANIFEST}
    for name in names:
        if _same(made / name, folder / name):
            _relink(folder / name, made / name)
    inside = made.parent == folder
    strangers = [] if inside else [path for path in _files(folder) if path not in own]
    if inside or not _exchangeable(folder, strangers):
        _one_by_one(made, folder, names, own)
        return
    for name in strangers:
        if name not in names:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            _relink(folder / name, made / name)
    _sync_folders(made)
    if not folder.exists():
        made.rename(folder)
    elif not _exchange(made, folder):
        _one_by_one(made, folder, names, own)
        return
    _sync(folder.parent)


def _files(folder: Path) -> list[str]:
    """Return the names of all files below a folder."""
    inside = folder.rglob("*")
    files = (path for path in inside if path.is_symlink() or not path.is_dir())
    return [path.relative_to(folder).as_posix() for path in files]


def _exchangeable(folder: Path, strangers: list[str]) -> bool:
    """Whether the folder is the report's own: nobody stands in it, and hardly anything else."""
    if folder.is_symlink() or folder.is_mount() or len(strangers) > STRANGERS:
        return False
    return not Path.cwd().is_relative_to(folder.resolve())


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


def _one_by_one(made: Path, folder: Path, names: list[str], own: set[str]) -> None:
    """Move files into the report, one rename each, the manifest last.

    Killed in between, the manifest tells which files are not its own; the next run repairs.
    """
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (made / name).replace(target)
    for name in own - set(names):
        target = (folder / name).resolve()
        if target.is_relative_to(folder.resolve()):
            target.unlink(missing_ok=True)


def _sync_folders(made: Path) -> None:
    for path in (made, *(own for own in made.rglob("*") if own.is_dir())):
        _sync(path)


def _sync(folder: Path) -> None:
    """Wait until the disk has the names in a folder; some systems cannot be asked to."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)
