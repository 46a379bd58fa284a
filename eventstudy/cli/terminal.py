"""What the commands write: lines, tables, JSON. Nothing in them steers the terminal."""

from __future__ import annotations

import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

NARROW = 100
"""Columns of a terminal, below which an interval in a table has two lines."""

_DOUBTFUL = re.compile(r"[^\n\t -~\u00c0-\u024f\u0400-\u0481]")
"""Every character but those of plain ASCII, Latin and Cyrillic text."""


def plain(text: str) -> str:
    """Return a text in which what could steer a terminal is shown as an escape.

    That is every control character but line feed and tab, DEL, C1, marks that turn the order of
    writing, and what else has no width; the joiners of Persian and of emoji stay.
    """
    return _DOUBTFUL.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    harmless = character in "\u200c\u200d" or unicodedata.category(character) == "Zs"
    return character if harmless or character.isprintable() else ascii(character)[1:-1]


def tell(
    text: str = "",
    *,
    err: bool = False,
    newline: bool = True,
    bold: bool = False,
    dim: bool = False,
    colour: str | None = None,
) -> None:
    """Write a text, in a style where colours are shown; nothing in it steers the terminal."""
    shown = plain(text)
    styled = bold or dim or colour
    shown = click.style(shown, bold=bold or None, dim=dim or None, fg=colour) if styled else shown
    click.echo(shown, err=err, nl=newline)


def complain(text: str) -> None:
    """Write to standard error; where it cannot be written, nobody is there to be told."""
    with suppress(OSError):
        tell(text, err=True)


def complain_wrapped(text: str) -> None:
    """Write lines to standard error; on a terminal they break at words, further in."""
    for line in text.split("\n"):
        complain(_wrapped(line) if sys.stderr.isatty() else line)


def tell_wrapped(text: str) -> None:
    """Write lines; on a terminal they break at words, further in."""
    for line in text.split("\n"):
        tell(_wrapped(line) if sys.stdout.isatty() else line)


def _wrapped(line: str) -> str:
    from eventstudy.tables.understood import wrapped

    bare = line.lstrip(" ")
    width = shutil.get_terminal_size((100, 24)).columns
    return wrapped(bare, width, line[: len(line) - len(bare)])


def say_failed(error: OSError) -> None:
    """Say what the system refused, and where."""
    complain(f"error: {error.filename or 'output'}: {error.strerror or error}")


def tell_notes(notes: Iterable[object]) -> None:
    """Write notes, further in, in lines that break at words."""
    from eventstudy.tables.understood import wrapped

    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    for note in notes:
        tell(wrapped(str(note), width, "  "))


def ask(question: str, default: str = "", *, err: bool = True) -> str:
    """Ask for a line; an empty answer takes the default, which is shown."""
    shown = bool(default)
    answer: str = click.prompt(plain(question), default=plain(default), show_default=shown, err=err)
    return answer.strip()


class _Plain:
    """Takes from what rich prints all that could steer the terminal, but for its own styles."""

    def process_renderables(self, renderables: list[Any]) -> list[Any]:
        """Return what is to be printed; rich calls this."""
        return [_PlainOne(item) for item in renderables]


@dataclass(frozen=True)
class _PlainOne:
    content: Any

    def __rich_console__(self, console: Console, options: Any) -> Iterator[Any]:
        for segment in console.render(self.content, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))


def folded(interval: str) -> str:
    """Return an interval as a table of this terminal shows it: in two lines where it is narrow."""
    return interval.replace(" … ", " …\n") if console(wide=False).width < NARROW else interval


def console(*, err: bool = False, wide: bool = True) -> Console:
    """Return what prints tables; nothing in them steers the terminal.

    Parameters
    ----------
    err : bool
        Whether to print to standard error.
    wide : bool
        Whether lines of a pipe, which has no edge to wrap at, may have 200 characters.
    """
    from rich.console import Console

    width = 200 if wide and not err and not sys.stdout.isatty() else None
    made = Console(highlight=False, width=width, stderr=err)
    made.push_render_hook(_Plain())  # type: ignore[arg-type]
    return made


def print_table(
    columns: Mapping[str, Mapping[str, Any]],
    rows: Iterable[Sequence[str]],
    styles: Sequence[str] = (),
    **look: Any,
) -> None:
    """Print a table of texts.

    Parameters
    ----------
    columns : mapping of str to mapping
        Headings with what rich is told of each column.
    rows : iterable of sequence of str
        The texts.
    styles : sequence of str
        The style of each row; empty for none.
    **look
        What rich is told of the table.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(**{"box": SIMPLE_HEAD, "pad_edge": False, **look})
    for name, options in columns.items():
        table.add_column(name, **options)
    for number, row in enumerate(rows):
        table.add_row(*(Text(plain(cell)) for cell in row), style=styles[number] if styles else "")
    console().print(table)


def print_json(content: object) -> None:
    """Write JSON to standard output; what could steer a terminal is escaped as JSON does it."""
    narrow = sys.stdout.encoding.lower() != "utf-8"
    text = json.dumps(content, indent=1, ensure_ascii=narrow, allow_nan=False, default=str)
    click.echo(_DOUBTFUL.sub(lambda match: _json_shown(match[0]), text))


def _json_shown(character: str) -> str:
    return character if plain(character) == character else json.dumps(character)[1:-1]


def busy(message: str) -> AbstractContextManager[object]:
    """Show that work is going on, on a terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    return console(err=True).status(message)
