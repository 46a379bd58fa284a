"""Dates as numbers of days, as Excel and Stata keep them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from eventstudy.errors import Problem, lines_text
from eventstudy.tables.columns import Column
from eventstudy.tables.understood import TableError, option_line, shown
from eventstudy.words.numbers import plural

NUMBERS_OF_DAYS = {"excel": dt.date(1899, 12, 30), "stata": dt.date(1960, 1, 1)}
"""Day 0 of the programs that write dates as numbers of days."""
SENSIBLE = (dt.date(1900, 1, 1), dt.date(2050, 1, 1))
"""Dates between which a number of days is taken for one."""
OLD = 1985
"""Year before which a number of days is rather another program's, where that gives a later one."""


def is_day_number(text: str) -> bool:
    """Whether a cell may be a number of days."""
    return bool(re.fullmatch(r"[0-9]{4,5}(\.[0-9]+)?", text.strip()))


def number_dates(text: str) -> dict[str, dt.date]:
    """Return the dates that a number of days may stand for, by the program that writes it so."""
    days = int(float(text))
    dates = {name: zero + dt.timedelta(days) for name, zero in NUMBERS_OF_DAYS.items()}
    return {name: date for name, date in dates.items() if SENSIBLE[0] <= date < SENSIBLE[1]}


def program_of(numbers: Column, others: Column) -> str:
    """Return the program whose day numbers a column holds.

    Parameters
    ----------
    numbers, others : Column
        The cells that are numbers, and those that are not.

    Raises
    ------
    TableError
        When the numbers may be those of several programs, or some cells are no numbers.
    """
    names = [n for n in NUMBERS_OF_DAYS if all(n in number_dates(text) for text in numbers.texts)]
    clear = len(names) == 1 and not _mixed(numbers.texts, names[0])
    if others or not clear:
        raise TableError([_which_numbers(numbers, others, names if clear or names[1:] else [])])
    return names[0]


def _mixed(numbers: Sequence[str], name: str) -> bool:
    """Whether some numbers are more likely those of another program: old here, recent there."""
    for text in numbers:
        dates = number_dates(text)
        others = [date for other, date in dates.items() if other != name]
        if dates[name].year < OLD and any(date.year >= OLD for date in others):
            return True
    return False


def time_of_fraction(text: str) -> str:
    """Return the time of day that the fraction of a day number stands for."""
    _, point, decimals = text.strip().partition(".")
    if not point or not int(decimals):
        return ""
    seconds = round(float(f"0.{decimals}") * 86400)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _which_numbers(numbers: Column, others: Column, programs: Sequence[str]) -> Problem:
    parts = []
    for text in dict.fromkeys(numbers.texts[:3]):
        dates = " or of ".join(f"{n.title()} for {d}" for n, d in number_dates(text).items())
        parts.append(f"{text} is the day number of {dates or 'no day'}")
    mixed = f"; other cells are dates ({shown(others.texts)})" if others else ""
    noun = plural(len(numbers), "date is a number", "dates are numbers")
    lines = lines_text([line for line, _ in numbers.cells])
    cure = "Format the column as yyyy-mm-dd and save again"
    if programs and not others:
        cure += f", or write {' or '.join(option_line('date_format', n) for n in programs)}"
    return numbers.problem(f"{noun} ({lines}): {'; '.join(parts)}{mixed}", f"{cure}.")
