"""What the commands share: exit codes, messages, JSON."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.errors import (
    SHOWN,
    EventStudyError,
    InputError,
    PriceError,
    StudyLockedError,
    UnclearPricesError,
    counted_kinds,
)

if TYPE_CHECKING:
    from rich.console import Console

    from eventstudy.errors import Problem
    from eventstudy.study.study_file import Study

INTERNAL, USAGE, INCOMPLETE, INVALID, NO_PRICES, LOCKED, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130

NARROW = 100
"""Columns of a terminal, below which an interval in a table has two lines."""

_DOUBTFUL = re.compile(r"[^\n\t -~\u00c0-\u024f\u0400-\u0481]")
"""Every character but those of plain ASCII, Latin and Cyrillic text."""

PATH, FILE_PATH = click.Path(path_type=Path), click.Path(path_type=Path, dir_okay=False)
"""Kinds of arguments: any path, and one that is no folder."""
STUDY = click.argument("study", type=PATH, default=Path("study.toml"), required=False)
STUDY_OPTION = click.option(
    "--study", "path", type=PATH, default=Path("study.toml"), help="The study."
)
OFFLINE = click.option("--offline", is_flag=True, help="Use stored prices; open no connection.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON for machines.")


def say_problems(problems: tuple[Problem, ...], *, as_json: bool) -> None:
    """List what is wrong with the files of a study."""
    if as_json:
        print_json({"valid": False, **faults_json(problems)})
        return
    complain_wrapped(str(InputError(problems)))


def faults_json(problems: Sequence[Problem]) -> dict[str, object]:
    """Return problems for machines: how many of which kind, and the first twenty."""
    kinds = counted_kinds(problems)[:SHOWN]
    return {
        "count": len(problems),
        "kinds": [{"field": f, "message": text, "count": number} for f, text, number in kinds],
        "problems": [asdict(problem) for problem in problems[:SHOWN]],
    }


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


def lines_of(interval: str) -> str:
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
    import json

    narrow = sys.stdout.encoding.lower() != "utf-8"
    text = json.dumps(content, indent=1, ensure_ascii=narrow, allow_nan=False, default=str)
    click.echo(_DOUBTFUL.sub(lambda match: _json_shown(match[0]), text))


def _json_shown(character: str) -> str:
    import json

    return character if plain(character) == character else json.dumps(character)[1:-1]


def utf8(text: str, name: str) -> str:
    """Return a text from the command line; refuse one whose bytes are not UTF-8.

    The locale C knows no characters but those of ASCII; the bytes of others are UTF-8 there too.
    """
    if not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    with suppress(UnicodeError):
        return os.fsencode(text).decode("utf-8")
    shown = ascii(text)[1:-1]
    raise click.BadParameter(
        f"'{shown}' is not UTF-8. Set the terminal to UTF-8, or write it without that character.",
        param_hint=f"'{name}'",
    )


class Ended(SystemExit):
    """The end of a command: its exit code, and what it said of that, for the log of runs."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code)
        self.message = message


@contextmanager
def answered(*, as_json: bool) -> Iterator[None]:
    """Turn expected errors into a message and an exit code."""
    try:
        yield
    except InputError as error:
        say_problems(error.problems, as_json=as_json)
        raise Ended(INVALID, str(error)) from None
    except PriceError as error:
        complain_wrapped(f"prices: {error}")
        raise Ended(code_of(error), str(error)) from None
    except EventStudyError as error:
        complain_wrapped(f"error: {error}")
        code = LOCKED if isinstance(error, StudyLockedError) else USAGE
        raise Ended(code, str(error)) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        say_failed(error)
        raise Ended(INTERNAL, str(error)) from None


class Command(click.Command):
    """A command whose expected errors become a message and an exit code."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        if os.environ.get("NO_COLOR"):
            context.color = False
        for name, value in context.params.items():
            if isinstance(value, str):
                context.params[name] = utf8(value, name)
        with answered(as_json=bool(context.params.get("as_json"))):
            return super().invoke(context)


def code_of(error: PriceError) -> int:
    """Return how a command ends without prices: a file that the user must speak for is invalid."""
    return INVALID if isinstance(error, UnclearPricesError) else NO_PRICES


def say_understood(study: Study) -> None:
    """Say what was understood of files that are not in the plain form."""
    from eventstudy.study.understood import understood

    notes = understood(study)
    if notes:
        tell("What was understood of the files:")
    tell_notes(f"{name}: {note}" for name, note in notes)


def tell_notes(notes: Iterable[object]) -> None:
    """Write notes, further in, in lines that break at words."""
    from eventstudy.tables.understood import wrapped

    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    for note in notes:
        tell(wrapped(str(note), width, "  "))


def busy(message: str) -> AbstractContextManager[object]:
    """Show that work is going on, on a terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    return console(err=True).status(message)
