"""The table [events] of a study.toml, written without touching the rest of the file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli.terminal import tell
from eventstudy.files import replacing
from eventstudy.parsing import parse_toml
from eventstudy.tables.table import OPTIONS
from eventstudy.tables.understood import option_line, toml_text

if TYPE_CHECKING:
    from eventstudy.events.importing import Wanted

KEY = re.compile(r"^[ \t]*events[ \t]*=[^\n]*\n?", re.MULTILINE)
TABLE = re.compile(
    r"^[ \t]*\[events(?:\.[a-z]+)?\][^\n]*\n(?:(?![ \t]*\[)[^\n]*(?:\n|\Z))*", re.MULTILINE
)
FIRST_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


def link(study: Path, file: Path, wanted: Wanted, *, dry_run: bool) -> None:
    """Write the table [events] into a study file, in place of what it says of its events.

    Every other byte of the file stays: comments, order and blanks.

    Parameters
    ----------
    study : Path
        The study file.
    file : Path
        The list that is read on every run.
    wanted : Wanted
        What is said of it.
    dry_run : bool
        Whether to print the table and write nothing.
    """
    from eventstudy.study.outline import read_content

    text, content = read_content(study)
    lines = "\n".join(table_lines(study, file, wanted))
    made = _replaced(text, lines)
    now = parse_toml(made)
    if {**now, "events": None} != {**content, "events": None}:
        raise click.UsageError(
            f"{study} says of its events what cannot be replaced in place; "
            f"write these lines yourself:\n{lines}"
        )
    if dry_run:
        tell(lines)
        return
    with replacing(study.resolve()) as out:
        out.write(made.encode())
    tell(f"{study} now reads {file} on every run:")
    tell(lines)
    tell(f"Now: eventstudy run {study}")


def table_lines(study: Path, file: Path, wanted: Wanted) -> list[str]:
    """Return the lines of the table [events]."""
    path = Path(os.path.relpath(file.resolve(), study.resolve().parent)).as_posix()
    lines = ["[events]", option_line("path", path)]
    for key, texts in (("columns", wanted.columns), ("fixed", wanted.fixed)):
        pairs = ", ".join(option_line(name, text) for name, text in texts.items())
        lines += [f"{key} = {{ {pairs} }}"] if pairs else []
    form = {name: getattr(wanted.form, name) for name in OPTIONS}
    lines += [option_line(name, value) for name, value in form.items() if value]
    if wanted.timezone:
        lines.append(option_line("timezone", wanted.timezone))
    if wanted.tags:
        lines.append(f"tags = [{', '.join(map(toml_text, wanted.tags))}]")
    return lines


def _replaced(text: str, lines: str) -> str:
    """Return a study file without what it said of its events, and with a table in place of it."""
    if TABLE.search(text):
        parts = TABLE.split(text)
        return f"{parts[0]}{lines}\n\n{''.join(parts[1:])}"
    match = FIRST_TABLE.search(text)
    top = text[: match.start()] if match else text
    rest = text[match.start() :] if match else ""
    top = KEY.sub("", top, count=1)
    end = "" if top.endswith("\n") or not top else "\n"
    return f"{top}{end}{lines}\n\n{rest}"
