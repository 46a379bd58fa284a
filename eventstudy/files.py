"""Files are looked at before they are read, and appear whole or not at all when written."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from eventstudy.errors import InputError

INPUT_LIMIT = 64 * 2**20
"""Size in bytes above which a file of the user's is not read."""

STORED_LIMIT = 2**30
"""Size in bytes above which a file that the program wrote is not read."""

LONGEST_LINE = 2**20
"""Characters of a line above which a text is not read."""
MOST_LINES = 2_000_000
"""Lines of a text above which it is not read."""

_KINDS = {
    stat.S_IFDIR: ("is a folder", "Give the path of the file inside it."),
    stat.S_IFIFO: (
        "is not a regular file but a named pipe (FIFO)",
        "Save what it gives as a file, and give the path of that.",
    ),
    stat.S_IFSOCK: ("is not a regular file but a socket", "Give the path of a file."),
    stat.S_IFCHR: ("is not a regular file but a device", "Give the path of a file."),
    stat.S_IFBLK: ("is not a regular file but a device", "Give the path of a file."),
}
_OTHER = ("is not a regular file", "Give the path of a file.")


class FileKindError(InputError, OSError):
    """A file is not one that can be read: a pipe, a device, a socket, a folder, or too large.

    It is an `OSError` too: whoever can do without the file takes it as one that cannot be read.
    """


class LinesError(ValueError):
    """A text has too many lines, or one that is too long.

    Attributes
    ----------
    line : int
        The line.
    message, cure : str
        What is wrong, and what to do.
    """

    def __init__(self, line: int, message: str, cure: str) -> None:
        super().__init__(message)
        self.line, self.message, self.cure = line, message, cure


def refused(path: str | Path, message: str, cure: str) -> FileKindError:
    """Return the error of a file that is refused."""
    return FileKindError.of(str(path), message, cure)


def read_file_bytes(path: str | Path, limit: int = INPUT_LIMIT) -> bytes:
    """Return the content of a regular file.

    The file is looked at before it is opened and again once it is open, and opened without
    waiting: a pipe that nobody writes to is refused at once.

    Parameters
    ----------
    path : str or Path
        The file; a symbolic link stands for what it points to.
    limit : int
        Size in bytes above which it is not read.

    Returns
    -------
    bytes

    Raises
    ------
    FileKindError
        When it is a folder, pipe, socket or device, is larger than `limit`, or its path holds
        a NUL character.
    OSError
        When there is no such file, or it cannot be read.
    """
    if "\0" in str(path):
        cure = "Delete the character: no file can have such a name."
        raise refused(str(path).replace("\0", "\\x00"), "the path holds a NUL character", cure)
    _look(path, os.stat(path), limit)  # noqa: PTH116  `Path` would turn "" into "."
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
        _look(path, os.fstat(file.fileno()), limit)
        content = file.read(limit + 1)
    if len(content) > limit:
        raise _too_large(path, limit)
    return content


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of a path once it is complete and on the disk.

    It is made beside the path, with the permissions of new files, and removed when anything
    goes wrong. A link in the place of the path is replaced, not followed.

    Parameters
    ----------
    path : Path
        The file to be; its folder is there.

    Raises
    ------
    OSError
        When it cannot be written; the former file is then still there.
    """
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with made.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder; some systems cannot be asked to."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _look(path: str | Path, status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise refused(path, *_KINDS.get(stat.S_IFMT(status.st_mode), _OTHER))
    if status.st_size > limit:
        raise _too_large(path, limit)


def _too_large(path: str | Path, limit: int) -> FileKindError:
    message = f"is larger than {limit // 2**20} MB"
    return refused(path, message, "Split it, or check that it is the right file.")


def lines_of(content: bytes) -> Iterator[str]:
    """Yield the lines of a text in UTF-8, each with its end, without a byte order mark.

    Raises
    ------
    LinesError
        When there are more than `MOST_LINES`, or one has more than `LONGEST_LINE` characters.
    """
    text = TextIOWrapper(BytesIO(content), "utf-8-sig", newline="")
    for number, line in enumerate(text, 1):
        if len(line) > LONGEST_LINE:
            message = f"a line of more than {LONGEST_LINE:,} characters"
            cure = "Check that it is the right file, and that its lines end."
            raise LinesError(number, message, cure)
        if number > MOST_LINES:
            message = f"more than {MOST_LINES:,} lines"
            raise LinesError(number, message, "Split it, or check that it is the right file.")
        yield line
