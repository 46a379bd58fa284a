"""What the commands say: lines of text, in which nothing steers the terminal."""

from __future__ import annotations

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable
from contextlib import suppress

import click

DOUBTFUL = re.compile(r"[^\n\t -~\u00c0-\u024f\u0400-\u0481]")
"""Every character but those of plain ASCII, Latin and Cyrillic text."""


def plain(text: str) -> str:
    """Return a text in which what could steer a terminal is shown as an escape.

    That is every control character but line feed and tab, DEL, C1, marks that turn the order of
    writing, and what else has no width; the joiners of Persian and of emoji stay.
    """
    return DOUBTFUL.sub(_shown, text)


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
