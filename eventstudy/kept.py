"""What the program keeps beside a study, in one folder; nothing there is written through links."""

from __future__ import annotations

import stat
from pathlib import Path

from eventstudy.files import refused, replacing

KEPT = ".eventstudy"
"""Folder beside study.toml for what the program keeps for itself."""


def own_folder(folder: Path) -> Path:
    """Return a folder of the program's own; it is made when there is none.

    Parameters
    ----------
    folder : Path
        The folder; the one that it is in is there.

    Returns
    -------
    Path

    Raises
    ------
    FileKindError
        When a link or a file is in its place.
    OSError
        When it cannot be made.
    """
    try:
        mode = folder.lstat().st_mode
    except FileNotFoundError:
        folder.mkdir(exist_ok=True)
        return folder
    if stat.S_ISDIR(mode):
        return folder
    what = "is a link" if stat.S_ISLNK(mode) else "is not a folder"
    message = f"{what}, and the program keeps its notes on the study in a folder of this name"
    raise refused(folder, message, "Move it away or rename it.")


def refuse_link(path: Path) -> None:
    """Raise FileKindError when a path is a link, which would be written through."""
    if path.is_symlink():
        message = "is a link, and the program's own notes are never written through one"
        raise refused(path, message, "Remove the link.")


def put_kept(path: Path, content: bytes) -> None:
    """Write a file of the program's own: it is there whole or not at all.

    Parameters
    ----------
    path : Path
        The file; its folder is made when there is none. A link in its place is replaced.
    content : bytes
        What it holds.

    Raises
    ------
    OSError
        When it cannot be written; the former one is then still there.
    """
    own_folder(path.parent)
    with replacing(path) as file:
        file.write(content)
