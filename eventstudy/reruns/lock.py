"""One run of a study at a time."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from eventstudy.errors import StudyLockedError
from eventstudy.files import FileKindError
from eventstudy.kept import KEPT, own_folder, put_kept, refuse_link
from eventstudy.parsing import read_json


@contextmanager
def locked(study: Path) -> Iterator[None]:
    """Hold the lock of a study; it is free again as soon as its process ends, however it ends.

    Parameters
    ----------
    study : Path
        The study file.

    Raises
    ------
    StudyLockedError
        When another run holds it; the message says which, and since when.
    OSError
        When the system refuses; it says where, why, and what to do.
    """
    from filelock import FileLock, Timeout

    folder = study.parent / KEPT
    note, path = folder / f"{study.name}.running", folder / f"{study.name}.lock"
    lock = FileLock(path, timeout=0)
    try:
        own_folder(folder)
        refuse_link(path)
        lock.acquire()
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        put_kept(note, json.dumps({"pid": os.getpid(), "since": since}).encode())
    except Timeout:
        raise StudyLockedError(
            f"another run is at work on {study}{_who(note)}. Wait until it has ended, or stop it."
        ) from None
    except OSError as error:
        lock.release()
        if isinstance(error, FileKindError):
            raise
        why = (
            f"{error.strerror}. The study cannot be locked against other runs. Make its folder "
            "writable, or move away what is in the place of that file."
        )
        where = error.filename2 or error.filename or str(folder)
        raise OSError(error.errno, why, where) from error
    try:
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _who(note: Path) -> str:
    """Say which process holds the lock; a new one has a second to write its note."""
    for _ in range(20):
        with suppress(OSError, ValueError, KeyError, TypeError):
            held = read_json(note)
            return f": process {int(held['pid'])}, since {held['since']}"
        time.sleep(0.05)
    return ""
