"""Every error that the package raises on purpose: one root, few children."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple, Self

SHOWN = 20
"""Kinds of problems that a text has, and problems that JSON has."""
EXAMPLES = 3
"""Cells that a sentence shows of a kind."""
SENTENCE = 3
"""Words with which texts of a kind begin alike, when they are told as one sentence."""
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


def lines_text(lines: Sequence[int], unit: str = "line") -> str:
    """Return line numbers in words: ``"lines 2–903"``, ``"lines 3, 9 and 12"``.

    Parameters
    ----------
    lines : sequence of int
        Numbers, ascending, at least one.
    unit : str
        What is counted: ``"line"`` of a text, ``"row"`` of a sheet.
    """
    if len(lines) == 1:
        return f"{unit} {lines[0]}"
    if len(lines) > EXAMPLES:
        return f"{unit}s {lines[0]}–{lines[-1]}"
    return f"{unit}s {', '.join(map(str, lines[:-1]))} and {lines[-1]}"


def _as_one(texts: Iterable[str]) -> str:
    """Return up to three texts as one; where they begin alike, what differs of each."""
    different = list(dict.fromkeys(texts))[:EXAMPLES]
    words = [text.removesuffix(".").split(" ") for text in different]
    head = list(takewhile(lambda same: len(set(same)) == 1, zip(*words, strict=False)))
    turned = [part[len(head) :][::-1] for part in words]
    tail = list(takewhile(lambda same: len(set(same)) == 1, zip(*turned, strict=False)))
    if len(different) == 1:
        return different[0]
    middles = [part[len(head) : len(part) - len(tail)] for part in words]
    if all(len(middle) == 1 for middle in middles) or len(head) >= SENTENCE:
        comma = ", " if all(len(middle) == 1 for middle in middles) else ", or "
        listed = comma.join(" ".join(middle) for middle in middles)
        return " ".join([*(h[0] for h in head), listed, *(t[0] for t in tail[::-1])]) + "."
    return f"{'; '.join(text.removesuffix('.') for text in different)}."


def _paragraph(kind: Sequence[Problem]) -> str:
    """Return one sentence for problems of a kind, with three examples."""
    first = kind[0]
    if len(kind) == 1:
        return str(first)
    fields = list(dict.fromkeys(problem.field for problem in kind if problem.field))
    more = ", ..." if len(fields) > EXAMPLES else ""
    name = f" {', '.join(fields[:EXAMPLES])}{more}:" if fields else ""
    lines = sorted({problem.line for problem in kind if problem.line is not None})
    where = first.file if first.line is None else f"{first.file}:{first.line}"
    values = list(dict.fromkeys(p.value[:40] for p in kind if p.value))[:EXAMPLES]
    parts = [lines_text(lines)] if len(lines) > 1 else []
    parts += [f"found {', '.join(map(repr, values))}"] if values else []
    told = f" ({'; '.join(parts)})" if parts else ""
    message = _as_one(problem.message for problem in kind).removesuffix(".")
    cure = _as_one(problem.cure for problem in kind)
    return f"{where}:{name} {len(kind):,} × {message}{told}. {cure}"


def overview(problems: Sequence[Problem]) -> list[str]:
    """Return a line for each kind of problem: how many there are, where, and three of them.

    Problems of a file whose messages differ in numbers and in what is quoted are one kind; each
    key of a study file is a kind of its own.
    """
    kinds: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in problems:
        key = problem.field if problem.file.endswith(".toml") else ""
        same = _kind(problem.message), _kind(problem.cure)[:20]
        kinds.setdefault((problem.file, key, *same), []).append(problem)
    lines = [_paragraph(kind) for kind in list(kinds.values())[:SHOWN]]
    more = len(kinds) - SHOWN
    if more > 0 or len(problems) > len(kinds) + SHOWN:
        rest = f"... and {more:,} more kinds; " if more > 0 else ""
        lines.append(f"{rest}`eventstudy check --faults FILE` writes each of them")
    return lines


@lru_cache(10_000)
def _kind(text: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"|[0-9]+", "…", text)


def stopped(file: str, line: int) -> Problem:
    """Return the last problem of a file that has so many that it is read no further."""
    message = f"the file is read no further, after {MOST_PROBLEMS:,} problems"
    return Problem(file, line, "", "", message, "Correct these first.")


class InputError(EventStudyError):
    """A file or table has problems; they are told at once.

    The text has a sentence for each kind of them, with three examples.

    Attributes
    ----------
    problems : tuple of Problem
        Every problem found, in the order of the input.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n  ".join([f"{_counted(self.problems)}:", *overview(self.problems)]))

    @classmethod
    def of(
        cls,
        file: str,
        message: str,
        cure: str,
        line: int | None = None,
        *,
        field: str = "",
        value: str = "",
    ) -> Self:
        """Return the error of one problem; its arguments are those of `Problem`."""
        return cls([Problem(file, line, field, value, message, cure)])


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


class WorkerLostError(EventStudyError):
    """A process that worked on a study ended before its work was done."""


class InMemoryOnlyError(EventStudyError):
    """What is asked needs the study in memory; of one in parts it cannot be had."""


def nearest(name: object, known: Sequence[str]) -> str:
    """Return a phrase that names the closest known name, or lists the known ones.

    Parameters
    ----------
    name : object
        The name that was not found; what is no text is looked for as it is shown.
    known : sequence of str
        The names that exist.

    Returns
    -------
    str
        ``"Did you mean 'IMOEX'?"`` or ``"Known: IMOEX, RUBUSD."``.
    """
    name = str(name)
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    if not close:
        folded = {k.casefold(): k for k in known}
        close = [folded[name.casefold()]] if name.casefold() in folded else []
    if close:
        return f"Did you mean {close[0]!r}?"
    listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"Known: {listed}." if known else "None are known here."


def refuse_unknown(name: object, known: Collection[str], message: str) -> None:
    """Raise UnknownNameError, a message and the nearest of the known names, where a name is none.

    Parameters
    ----------
    name : object
        The name.
    known : collection of str
        The names that exist.
    message : str
        What is said of a name that does not.
    """
    if name not in known:
        raise UnknownNameError(f"{message}. {nearest(name, list(known))}")


class Fault(NamedTuple):
    """What is wrong with a cell; `field` and `value` are the cell's own where empty."""

    message: str
    cure: str
    field: str = ""
    value: str = ""
