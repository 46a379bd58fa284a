"""`eventstudy init`: the files of a study to begin with."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import click

from eventstudy.cli.base import Command, tell


@click.command(cls=Command)
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), required=False
)
def init(folder: Path) -> None:
    """Start a study in FOLDER: a study.toml and an events.csv to replace with your own."""
    names = ("study.toml", "events.csv")
    present = [name for name in names if os.path.lexists(folder / name)]
    if present:
        raise click.UsageError(
            f"{', '.join(str(folder / name) for name in present)} already there; "
            "choose another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        with (folder / name).open("xb") as file:
            file.write((files("eventstudy.example") / name).read_bytes())
        tell(f"wrote {folder / name}")
    tell(f"Now: eventstudy run {folder / 'study.toml'}")
