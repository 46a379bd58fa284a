"""What the commands share: exit codes, messages, JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.errors import EventStudyError, InputError, PriceError

if TYPE_CHECKING:
    from eventstudy.errors import Problem

MESSAGE = f"{__name__}.message"
"""Where a command leaves what it failed of, for the log of runs."""

INTERNAL, USAGE, INCOMPLETE, INVALID, NO_PRICES, LOCKED, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130

STUDY = click.argument(
    "study", type=click.Path(path_type=Path), default=Path("study.toml"), required=False
)
STUDY_OPTION = click.option(
    "--study",
    "path",
    type=click.Path(path_type=Path),
    default=Path("study.toml"),
    help="The study.",
)
OFFLINE = click.option("--offline", is_flag=True, help="Use stored prices; open no connection.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON for machines.")


def say_problems(problems: tuple[Problem, ...], *, as_json: bool) -> None:
    """List what is wrong with the files of a study."""
    if as_json:
        print_json({"valid": False, "problems": [vars(problem) for problem in problems]})
        return
    click.echo(f"{count(len(problems), 'problem')}:", err=True)
    for problem in problems:
        complain(f"  {problem}")


def count(number: int, what: str) -> str:
    """Return a number with its noun."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def plain(text: str) -> str:
    """Return a text in which what could steer a terminal is shown as an escape."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def complain(text: str) -> None:
    """Write to standard error."""
    click.echo(plain(text), err=True)


def print_json(content: object) -> None:
    """Write JSON to standard output."""
    import json

    plain = sys.stdout.encoding.lower() != "utf-8"
    click.echo(json.dumps(content, indent=1, ensure_ascii=plain, allow_nan=False, default=str))


def utf8(text: str, name: str) -> str:
    """Return a text from the command line; refuse one whose bytes are not UTF-8."""
    if not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    shown = ascii(text)[1:-1]
    raise click.BadParameter(
        f"'{shown}' is not UTF-8. Set the terminal to UTF-8, or write it without that character.",
        param_hint=f"'{name}'",
    )


class Command(click.Command):
    """A command whose expected errors become a message and an exit code."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        if os.environ.get("NO_COLOR"):
            context.color = False
        for name, value in context.params.items():
            for text in value if isinstance(value, tuple) else (value,):
                if isinstance(text, str):
                    utf8(text, name)
        return self.answered(context, super().invoke)

    @staticmethod
    def answered(context: click.Context, work: Callable[[click.Context], Any]) -> Any:
        """Do the work of a command; end with a message and an exit code where it cannot be done."""
        try:
            return work(context)
        except InputError as error:
            context.meta[MESSAGE] = str(error)
            say_problems(error.problems, as_json=bool(context.params.get("as_json")))
            raise SystemExit(INVALID) from None
        except PriceError as error:
            context.meta[MESSAGE] = str(error)
            complain(f"prices: {error}")
            raise SystemExit(NO_PRICES) from None
        except EventStudyError as error:
            context.meta[MESSAGE] = str(error)
            complain(f"error: {error}")
            raise SystemExit(USAGE) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            context.meta[MESSAGE] = str(error)
            complain(f"error: {error.filename or 'output'}: {error.strerror or error}")
            raise SystemExit(INTERNAL) from None


def busy(message: str) -> AbstractContextManager[object]:
    """Show that work is going on, on a terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(message)
