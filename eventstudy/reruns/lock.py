"""One run of a study at a time."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventstudy.errors import StudyLockedError
from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.kept import KEPT, own_folder, put_kept, refuse_link


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
    """
    from filelock import FileLock, Timeout

    folder = own_folder(study.parent / KEPT)
    note, place = folder / f"{study.name}.running", folder / f"{study.name}.lock"
    refuse_link(place)
    lock = FileLock(place, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise StudyLockedError(
            f"another run is at work on {study}{_who(note)}. Wait until it has ended, or stop it."
        ) from None
    try:
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        put_kept(note, json.dumps({"pid": os.getpid(), "since": since}).encode())
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _who(note: Path) -> str:
    """Say which process holds the lock, as far as that is known yet."""
    try:
        held = json.loads(read_file_bytes(note, STORED_LIMIT))
        return f": process {int(held['pid'])}, since {held['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
