"""What the commands print beside lines of text: tables, JSON, that work is going on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.terminal import DOUBTFUL, plain

if TYPE_CHECKING:
    from rich.console import Console


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
    click.echo(DOUBTFUL.sub(lambda match: _json_shown(match[0]), text))


def _json_shown(character: str) -> str:
    return character if plain(character) == character else json.dumps(character)[1:-1]


def busy(message: str) -> AbstractContextManager[object]:
    """Show that work is going on, on a terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    return console(err=True).status(message)
