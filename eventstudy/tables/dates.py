"""A column of dates: one order of day and month, proved by the whole of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from eventstudy.errors import Problem, lines_text
from eventstudy.parsing import packaged_toml
from eventstudy.tables.columns import Cell, Column
from eventstudy.tables.day_numbers import (
    NUMBERS_OF_DAYS,
    is_day_number,
    number_dates,
    program_of,
    time_of_fraction,
)
from eventstudy.tables.understood import CellsError, TableError, Understood, option_line, shown
from eventstudy.words.numbers import plural

_WORDS = packaged_toml("tables/words.toml")
MONTHS = {
    name: number
    for names in _WORDS["months"]["names"]
    for number, name in enumerate(names.split(), 1)
}
"""Number of the month by its name in lower case."""
WEEKDAYS = frozenset(" ".join(_WORDS["weekdays"]["names"]).split())
"""Names of weekdays in lower case."""
YEARS = (1600, 2200)
"""First and last year that a date may have."""
PIVOT = 70
"""Two digits from this on are a year of the 20th century, below it of the 21st."""
FEWEST = 10
"""Different dates from which their order in the file proves that of day and month."""

ORDERS = {
    "dmy": ("day first", "%d{0}%m{0}%Y"),
    "mdy": ("month first", "%m{0}%d{0}%Y"),
    "ymd": ("year first", "%Y{0}%m{0}%d"),
    "ydm": ("year first, then the day", "%Y{0}%d{0}%m"),
}
_TIME = re.compile(
    r"(?P<date>.*?)(?:T|,? +(?:at |um |в )?)"
    r"(?P<time>[0-9]{1,2}[:.h][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?(?: ?[ap]\.?m\.?)?)"
    r" ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?|[A-Z]{2,5}|[A-Za-z]+/[A-Za-z_/]+)?",
    re.IGNORECASE,
)
_THREE = re.compile(r"([0-9]{1,4})([-/. ])([0-9]{1,2})\2([0-9]{4}|[0-9]{2}|[0-9]{1})")
EPOCH = re.compile(r"1[0-9]{9}(?:000)?")
"""Seconds, or thousandths of them, since 1970 in UTC."""
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DAY_NAMED = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?[-. ]{0,2}(?:de )?([^\W\d_]{3,11})\.?,?[- ]?(?:de )?"
    r"([0-9]{4}|[0-9]{2})"
)
_NAME_FIRST = re.compile(r"([^\W\d_]{3,11})\.?[ -]?([0-9]{1,2})(?:st|nd|rd|th)?,?[ -]([0-9]{4})")
_MONTH = re.compile(
    r"[0-9]{4}[-/.]?(?:[MmQq]?[0-9]{1,2}|[Ww][0-9]{2})|[0-9]{1,2}[-/.][0-9]{4}"
    r"|(?:[Qq][1-4]|[^\W\d_]{3,11})\.?[-/ ]?'?(?:[0-9]{4}|[0-9]{2})|[0-9]{4}"
)
"""A cell that names a month, a quarter, a week or a year, and no day."""
_WEEKDAY = re.compile(r"^([^\W\d_]{2,12})\.?,? ")


class Stamp(NamedTuple):
    """A cell in parts: its date, its time of day and its zone; empty where it has none."""

    date: str
    time: str
    zone: str


class Dates(NamedTuple):
    """The dates of a column, None where a cell is empty, and what is to be said of them."""

    dates: list[dt.date | None]
    stamps: list[Stamp]
    notes: tuple[Understood, ...]


@lru_cache(100_000)
def stamp(text: str) -> Stamp:
    """Cut a cell into date, time of day and zone."""
    plain = " ".join(text.split()).removesuffix(" г.").removesuffix("г.")
    if EPOCH.fullmatch(plain):
        moment = dt.datetime.fromtimestamp(int(plain[:10]), dt.UTC)
        return Stamp(moment.date().isoformat(), moment.strftime("%H:%M:%S"), "UTC")
    if match := _TIME.fullmatch(plain):
        return Stamp(match["date"].strip(" ,"), match["time"], match["zone"] or "")
    return Stamp(plain, "", "")


def _real(year: str, month: str, day: str) -> dt.date | None:
    number = int(year)
    if len(year) <= 2:
        number += 1900 if number >= PIVOT else 2000
    try:
        date = dt.date(number, int(month), int(day))
    except ValueError:
        return None
    return date if YEARS[0] <= date.year <= YEARS[1] else None


def _without_weekday(text: str) -> str:
    match = _WEEKDAY.match(text)
    known = match and match[1].casefold().rstrip(".") in WEEKDAYS
    return text[match.end() :] if match and known else text


@lru_cache(100_000)
def readings(text: str) -> Mapping[str, dt.date]:
    """Return the dates that a text may stand for, by the order in which it is read.

    Parameters
    ----------
    text : str
        A date without a time of day.

    Returns
    -------
    mapping of str to date
        By a key of `ORDERS`, or ``"named"`` and ``"compact"`` where there is one reading only.
    """
    return _readings(text.strip()) or _readings(_without_weekday(text.strip()))


def _readings(plain: str) -> dict[str, dt.date]:
    if match := _COMPACT.fullmatch(plain):
        orders = {"compact": _real(*match.groups())}
    elif match := _THREE.fullmatch(plain):
        orders = _three(*match.groups())
    elif match := _DAY_NAMED.fullmatch(plain):
        day, name, year = match.groups()
        orders = {"named": _named(year, name, day)}
    elif match := _NAME_FIRST.fullmatch(plain):
        name, day, year = match.groups()
        orders = {"named": _named(year, name, day)}
    else:
        orders = {}
    return {order: date for order, date in orders.items() if date}


def _three(first: str, mark: str, second: str, third: str) -> dict[str, dt.date | None]:
    if len(first) == 4:
        orders = {"ymd": _real(first, second, third)}
        return orders if mark == "-" or orders["ymd"] else {"ydm": _real(first, third, second)}
    if len(first) > 2 or len(third) not in (2, 4):
        return {}
    day_first, month_first = _real(third, second, first), _real(third, first, second)
    if mark == "." and day_first:
        return {"dmy": day_first}
    short = {} if len(third) == 4 or mark == "." else {"ymd": _real(first, second, third)}
    return {"dmy": day_first, "mdy": month_first, **short}


def _named(year: str, name: str, day: str) -> dt.date | None:
    month = MONTHS.get(name.casefold()) or MONTHS.get(name.casefold()[:3])
    return _real(year, str(month), day) if month else None


def date_column(column: Column, date_format: str = "") -> Dates:
    """Return the dates of a column.

    Parameters
    ----------
    column : Column
        Its cells.
    date_format : str
        As `strptime` takes it, ``"%d.%m.%Y"``, or ``"excel"`` or ``"stata"`` for numbers of
        days; empty = worked out from all cells.

    Returns
    -------
    Dates

    Raises
    ------
    TableError
        When a cell is no date, or the column can be read in two orders.
    """
    if date_format:
        return _as_asked(column, date_format)
    if numbers := column.only(is_day_number):
        return _day_numbers(column, numbers)
    stamps = [stamp(text) for text in column.texts]
    dated = [
        (cell, parts.date) for cell, parts in zip(column.cells, stamps, strict=True) if parts.date
    ]
    if unread := [cell for cell, date in dated if not readings(date)]:
        raise _unread(column.of(unread))
    ordered = [(line, date) for (line, _), date in dated if readings(date).keys() & ORDERS.keys()]
    order, note = _order(column.of(ordered))
    dates = [_one(parts.date, order) if parts.date else None for parts in stamps]
    return Dates(dates, stamps, (*note, *_two_digits(ordered)))


def _one(text: str, order: str) -> dt.date:
    known = readings(text)
    return known.get(order) or next(iter(known.values()))


def _order(column: Column) -> tuple[str, tuple[Understood, ...]]:
    """Return the one order in which all cells can be read."""
    texts = column.texts
    left = [name for name in ORDERS if all(name in readings(text) for text in texts)]
    if not texts:
        return "", ()
    if not left:
        raise CellsError([_contradiction(column)])
    if all(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) for text in texts):
        return "ymd", ()
    order, why = _following(left, texts), ": only so do they follow"
    if not order:
        order = left[0]
        different = [name for name in left[1:] if any(_differ(text, order, name) for text in texts)]
        if different:
            raise TableError([_either(column, [order, *different])])
        why = _proof(column)
    text = f"dates of {column.name!r} like {shown(texts[:1])} are {ORDERS[order][0]}{why}"
    return order, (Understood("date_format", text, _option(order, texts[0])),)


def _following(orders: Sequence[str], texts: Sequence[str]) -> str:
    """Return the one order of several in which the dates follow one another; else empty."""
    follow = []
    for order in orders:
        days = [readings(text)[order] for text in texts]
        if len(set(days)) >= FEWEST and days in (sorted(days), sorted(days, reverse=True)):
            follow.append(order)
    return follow[0] if len(orders) > 1 and len(follow) == 1 else ""


def _proof(column: Column) -> str:
    """Say which line can be read in one order only, whatever stands between its parts."""
    for line, text in column.cells:
        if len(readings(text.replace(".", "/"))) == 1:
            return f", proved by line {line}"
    dotted = all("." in text for text in column.texts)
    return ", as dates with points are" if dotted else ", and no line can be read otherwise"


def _differ(text: str, one: str, other: str) -> bool:
    return readings(text)[one] != readings(text)[other]


def _option(order: str, text: str) -> str:
    """Return the option that says in which order dates like a text are written."""
    mark = re.sub("[0-9]", "", text)[:1]
    form = ORDERS[order][1].format(mark)
    whole_years = any(len(part) == 4 for part in re.split(r"[^0-9]", text))
    return option_line("date_format", form if whole_years else form.replace("%Y", "%y"))


def _either(column: Column, orders: Sequence[str]) -> Problem:
    words = " or ".join(ORDERS[order][0] for order in orders)
    lines = lines_text([line for line, _ in column.cells])
    noun = plural(len(column), "date")
    message = f"{noun} like {shown(column.texts)} ({lines}) may be {words}"
    telling = next(t for t in column.texts if any(_differ(t, orders[0], o) for o in orders[1:]))
    choices = [
        f"{_option(order, column.texts[0])} ({telling} is {readings(telling)[order]})"
        for order in orders
    ]
    return column.problem(message, f"Write {' or '.join(choices)}.")


def _contradiction(column: Column) -> Problem:
    proofs: dict[str, Cell] = {}
    for line, text in column.cells:
        known = readings(text)
        if len(known) == 1:
            proofs.setdefault(next(iter(known)), (line, text))
    parts = [f"line {line} ({text}) is {ORDERS[name][0]}" for name, (line, text) in proofs.items()]
    message = f"dates are written in different orders: {' and '.join(parts)}"
    counts = {name: sum(name in readings(text) for text in column.texts) for name in ORDERS}
    most = max(counts, key=lambda name: counts[name])
    others = [line for line, text in column.cells if most not in readings(text)]
    cure = f"Write {lines_text(others)} as YYYY-MM-DD, or {ORDERS[most][0]} as the others."
    return column.problem(message, cure, others[0])


def _unread(unread: Column) -> TableError:
    """Return the error of cells that are no dates, or name no day."""
    if all(_MONTH.fullmatch(text.strip()) for text in unread.texts):
        noun = plural(len(unread), "date names", "dates name")
        message = f"{noun} no day, but a month, a week or a year {unread.where}"
        cure = "Daily ones are needed: write each day as YYYY-MM-DD, such as 2022-01-13."
        return TableError([unread.problem(message, cure)])
    message = f"{plural(len(unread), 'cell is', 'cells are')} no date {unread.where}"
    cure = "Write the day as YYYY-MM-DD, such as 2022-01-13."
    return CellsError([unread.problem(message, cure)])


def _two_digits(cells: Sequence[Cell]) -> tuple[Understood, ...]:
    short = [text for _, text in cells if not re.search("[0-9]{4}", text)]
    if not short:
        return ()
    text = f"years of two digits ({short[0]}) are 19{PIVOT} to 20{PIVOT - 1}"
    return (Understood("years", text),)


def _day_numbers(column: Column, numbers: Column) -> Dates:
    """Return the dates of a column of day numbers."""
    others = column.only(lambda text: text.strip() and not is_day_number(text))
    name = program_of(numbers, others)
    dates = [number_dates(text)[name] if text.strip() else None for text in column.texts]
    example = numbers.texts[0]
    text = f"{example} is the day number of {name.title()} for {number_dates(example)[name]}"
    note = Understood("date_format", text, option_line("date_format", name))
    return Dates(dates, [Stamp(t, time_of_fraction(t), "") for t in column.texts], (note,))


def _as_asked(column: Column, date_format: str) -> Dates:
    dates: list[dt.date | None] = []
    stamps, unread = [], []
    for line, text in column.cells:
        parts = stamp(text)
        if date_format in NUMBERS_OF_DAYS and is_day_number(text):
            parts = Stamp(text, time_of_fraction(text), "")
        date = _in_format(text.strip(), parts, date_format) if text.strip() else None
        if text.strip() and date is None:
            unread.append((line, text))
        stamps.append(parts)
        dates.append(date)
    if unread:
        wrong = column.of(unread)
        message = f"{plural(len(unread), 'date')} not as date_format has it {wrong.where}"
        cure = "Leave the option date_format out: the order is worked out, and said."
        raise TableError([wrong.problem(message, cure, value=date_format)])
    return Dates(dates, stamps, ())


def _in_format(text: str, parts: Stamp, date_format: str) -> dt.date | None:
    if date_format in NUMBERS_OF_DAYS:
        return number_dates(text).get(date_format) if is_day_number(text) else None
    for written in (text, parts.date, _without_weekday(parts.date)):
        try:
            return dt.datetime.strptime(written, date_format).date()
        except (ValueError, re.error):  # the latter of a format that names a part twice
            continue
    return None
