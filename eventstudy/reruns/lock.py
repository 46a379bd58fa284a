"""One run of a study at a time."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventstudy.errors import StudyLockedError
from eventstudy.files import refused
from eventstudy.parsing import read_json
from eventstudy.study_outline import KEPT


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

    folder = study.parent / KEPT
    if folder.exists() and not folder.is_dir():
        message = (
            "is not a folder, and the program keeps its notes on the study in one of this name"
        )
        raise refused(folder, message, "Move it away or rename it.")
    folder.mkdir(exist_ok=True)
    note = folder / f"{study.name}.running"
    lock = FileLock(folder / f"{study.name}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise StudyLockedError(
            f"another run is at work on {study}{_who(note)}. Wait until it has ended, or stop it."
        ) from None
    try:
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        note.write_text(json.dumps({"pid": os.getpid(), "since": since}), "utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _who(note: Path) -> str:
    """Say which process holds the lock, as far as that is known yet."""
    try:
        held = read_json(note)
        return f": process {int(held['pid'])}, since {held['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
