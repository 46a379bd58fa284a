"""Folders of parts: each part is there whole or not at all, and one file says what they are."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eventstudy.errors import InputError, InvalidArgumentError
from eventstudy.files import STORED_LIMIT, read_file_bytes, replacing
from eventstudy.parsing import parse_json

_PART = re.compile(r"part-([0-9]{5,})")
_BUILDING = re.compile(r"\.part-[0-9]{5,}\.([0-9]+)-[0-9a-f]{8}")


def need_pyarrow() -> None:
    """Refuse to go on without pyarrow.

    Raises
    ------
    InvalidArgumentError
        When it is not installed.
    """
    if find_spec("pyarrow") is None:
        raise InvalidArgumentError(
            "studies in parts need pyarrow, which is not installed. "
            "Run: pip install 'market-eventstudy[scale]'"
        )


def part_name(number: int) -> str:
    """Return the name of a part."""
    return f"part-{number:05d}"


def whole_parts(folder: Path) -> set[int]:
    """Return the numbers of the parts of a folder that are whole."""
    names = (_PART.fullmatch(path.name) for path in folder.iterdir() if path.is_dir())
    return {int(name[1]) for name in names if name}


@contextmanager
def building(folder: Path, number: int) -> Iterator[Path]:
    """Yield a folder that becomes a part when it is whole.

    A part may be made twice, by a task that ran twice: both are the same, and the first stays.

    Parameters
    ----------
    folder : Path
        Folder of the parts.
    number : int
        Number of the part.
    """
    made = folder / f".{part_name(number)}.{os.getpid()}-{secrets.token_hex(4)}"
    made.mkdir()
    try:
        yield made
        for path in made.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        try:
            made.rename(folder / part_name(number))
        except OSError:
            if number not in whole_parts(folder):
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what runs of this machine that were killed left of parts."""
    for path in folder.iterdir():
        maker = _BUILDING.fullmatch(path.name)
        if maker and not path.is_symlink() and not _alive(int(maker[1])):
            shutil.rmtree(path, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file that says what the parts of a folder are; it is there whole or not at all."""
    with replacing(path) as file:
        file.write(json.dumps(content, indent=1, ensure_ascii=False).encode())


def read_json(path: Path, what: str, cure: str, form: int) -> dict[str, Any]:
    """Return what `write_json` wrote.

    Parameters
    ----------
    path : Path
        The file.
    what, cure : str
        What its folder should hold, and what to do where it does not.
    form : int
        Number of the form in which its folder is written.

    Raises
    ------
    InputError
        When there is no such file, or it is another one.
    """
    try:
        content = parse_json(read_file_bytes(path, STORED_LIMIT).decode())
        if isinstance(content, dict) and content.get("format") == form:
            return content
        problem = f"is not the file of {what} that this version writes"
    except FileNotFoundError:
        problem = f"is not there: the folder holds no {what}"
    except ValueError:
        problem = f"cannot be read as the file of {what}"
    raise InputError.of(str(path), problem, cure)
