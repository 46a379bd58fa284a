"""Every error that the package raises on purpose: one root, few children."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


SHOWN = 20
"""Problems that a text lists in full, and kinds of problems that it counts."""
MOST_PROBLEMS = 200_000
"""Problems of one file after which it is read no further."""


class EventStudyError(Exception):
    """Root of all errors that the package raises on purpose."""


class InvalidArgumentError(EventStudyError, ValueError):
    """An argument of a library call cannot be used; the message names it and its cure."""


class StudyLockedError(EventStudyError):
    """Another run is at work on the study."""


class UnknownNameError(EventStudyError, LookupError):
    """A name (asset, event, model, test, source, attribute) is not known."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, and how to put it right.

    Parameters
    ----------
    file : str
        Path of the file, or a description such as ``"DataFrame"``.
    line : int or None
        One-based line of the file (of the record's first line); None when the
        problem is not tied to a line.
    field : str
        Column or key that is wrong; empty when the whole record is.
    value : str
        The value found there, as text.
    message : str
        What is wrong.
    cure : str
        What to do about it.
    """

    file: str
    line: int | None
    field: str
    value: str
    message: str
    cure: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        field = f" {self.field}:" if self.field else ""
        shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
        value = f" (found {shown!r})" if self.value else ""
        return f"{where}:{field} {self.message}{value}. {self.cure}"


def counted_kinds(problems: Iterable[Problem]) -> list[tuple[str, str, int]]:
    """Return the field, the message and the number of each kind of problem, the most first.

    Messages that differ in their numbers only are one kind; an ellipsis stands for these.
    """
    exact = Counter((problem.field, problem.message) for problem in problems)
    kinds: dict[tuple[str, str], Counter[str]] = {}
    for (field, message), count in exact.items():
        kinds.setdefault((field, re.sub(r"[0-9]+", "…", message)), Counter())[message] += count
    counts = [
        (field, next(iter(messages)) if len(messages) == 1 else text, messages.total())
        for (field, text), messages in kinds.items()
    ]
    return sorted(counts, key=lambda kind: -kind[2])


def overview(problems: Sequence[Problem]) -> list[str]:
    """Return problems as lines: of many the kinds with their counts, and the first twenty."""
    if len(problems) <= SHOWN:
        return [str(problem) for problem in problems]
    kinds = counted_kinds(problems)
    lines = [f"{count:,} × {f'{field}: ' if field else ''}{text}" for field, text, count in kinds]
    more = len(lines) - SHOWN
    lines = [*lines[:SHOWN], *([f"... and {more:,} more kinds"] if more > 0 else [])]
    rest = f"... and {len(problems) - SHOWN:,} more; `eventstudy check --faults FILE` writes all"
    return [*lines, f"The first {SHOWN}:", *map(str, problems[:SHOWN]), rest]


def stopped(file: str, line: int) -> Problem:
    """Return the last problem of a file that has so many that it is read no further."""
    message = f"the file is read no further, after {MOST_PROBLEMS:,} problems"
    return Problem(file, line, "", "", message, "Correct these first.")


class InputError(EventStudyError):
    """A file or table has problems; they are told at once.

    The text has all of them, or of more than twenty the kinds with their counts and the first
    twenty.

    Attributes
    ----------
    problems : tuple of Problem
        Every problem found, in the order of the input.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n  ".join([f"{_counted(self.problems)}:", *overview(self.problems)]))


def _counted(problems: Sequence[Problem]) -> str:
    return "1 problem" if len(problems) == 1 else f"{len(problems):,} problems"


class EventsError(InputError):
    """The events table (events.csv) is not valid."""


class NewEventError(InputError):
    """An event that is to be added is not valid; the file it is for stays as it was."""


class StudyFileError(InputError):
    """The study file (study.toml) is not valid."""


class OutputError(InputError):
    """What would be written would replace something that this program did not write."""


class PriceError(EventStudyError):
    """A price series cannot be had or cannot be used.

    Attributes
    ----------
    retryable : bool
        Whether the same request may succeed later.
    retry_after : float or None
        Seconds that the source asks to wait before the next request; None = it names none.
    problems : tuple of Problem
        Every problem of a file of prices; empty for other sources.
    """

    retryable: bool = False
    retry_after: float | None = None
    problems: tuple[Problem, ...] = ()


class PriceDataError(PriceError):
    """Prices were read, but are malformed: not positive, not finite, dates repeated."""

    @classmethod
    def of_file(cls, problems: Iterable[Problem]) -> PriceDataError:
        """Return the error of a file of prices; its text is as that of an `InputError`."""
        listed = tuple(problems)
        error = cls("\n  ".join([f"{_counted(listed)}:", *overview(listed)]))
        error.problems = listed
        return error


class UnclearPricesError(PriceDataError):
    """A file of prices can be read in two ways, or not at all; the text has the line to write."""


class NoSuchSymbolError(PriceError):
    """The source does not know the symbol."""


class NoPricesError(PriceError):
    """The source knows the symbol, but has no prices in the span asked for."""


class RateLimitedError(PriceError):
    """The source refuses more requests for now."""

    retryable = True


class UnreachableError(PriceError):
    """The source cannot be reached, answers with an error of its own, or takes too long."""

    retryable = True


class CacheError(PriceError):
    """A stored price series is damaged, missing or cannot be written."""


class EstimationError(EventStudyError):
    """A normal-return model cannot be estimated on the data given."""


def nearest(name: str, known: Sequence[str]) -> str:
    """Return a phrase that names the closest known name, or lists the known ones.

    Parameters
    ----------
    name : str
        The name that was not found.
    known : sequence of str
        The names that exist.

    Returns
    -------
    str
        ``"Did you mean 'IMOEX'?"`` or ``"Known: IMOEX, RUBUSD."``.
    """
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    if not close:
        folded = {k.casefold(): k for k in known}
        close = [folded[name.casefold()]] if name.casefold() in folded else []
    if close:
        return f"Did you mean {close[0]!r}?"
    listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"Known: {listed}." if known else "None are known here."


class Fault(NamedTuple):
    """What is wrong with a cell; `field` and `value` are the cell's own where empty."""

    message: str
    cure: str
    field: str = ""
    value: str = ""
