"""What the commands share: exit codes, and how errors become them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.options import utf8
from eventstudy.cli.terminal import complain_wrapped, print_json, say_failed, tell, tell_notes
from eventstudy.errors import (
    SHOWN,
    EventStudyError,
    InputError,
    PriceError,
    Problem,
    StudyLockedError,
    UnclearPricesError,
    counted_kinds,
)

if TYPE_CHECKING:
    from eventstudy.study.study_file import Study

INTERNAL, USAGE, INCOMPLETE, INVALID, NO_PRICES, LOCKED, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130


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
