"""The rows of a table of prices: their order, days that occur twice, times of day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

from eventstudy.errors import lines_text
from eventstudy.tables.dates import Dates
from eventstudy.tables.table import Table
from eventstudy.tables.understood import CellsError, TableError, Understood, option_line
from eventstudy.words.numbers import plural

ORDER = {"newest-first": True, "oldest-first": False}
"""What the option `order` may be, and whether the days then descend."""


def refuse_order(table: Table, dates: Dates, days_at: int) -> None:
    """Raise an error when rows are not in the order that is given."""
    wanted, name = table.form.order, table.header[days_at]
    if wanted and wanted not in ORDER:
        cure = "Leave the option order out: rows are put in the order of their dates."
        raise TableError.of(table.source, "is no order", cure, field="order", value=wanted)
    held = [(row.line, day) for row, day in zip(table.rows, dates.dates, strict=True) if day]
    for (_, before), (line, day) in pairwise(held):
        if wanted and before != day and (before > day) != ORDER[wanted]:
            message = f"the row is not in the order {wanted}"
            cure = "Leave the option order out: rows are put in the order of their dates."
            raise TableError.of(table.source, message, cure, line, field=name, value=str(day))


def refuse_repeated(table: Table, dates: Dates, days_at: int) -> None:
    """Raise an error when a day occurs twice, or a row has none."""
    lines: dict[dt.date, list[int]] = {}
    for row, day in zip(table.rows, dates.dates, strict=True):
        if day:
            lines.setdefault(day, []).append(row.line)
    twice = {day: repeated for day, repeated in lines.items() if len(repeated) > 1}
    if not twice:
        empty = [row.line for row, day in zip(table.rows, dates.dates, strict=True) if day is None]
        if empty:
            where = lines_text(empty, table.unit)
            message = f"{plural(len(empty), 'row has', 'rows have')} no date ({where})"
            cure = "Write the date, or delete them."
            raise CellsError.of(table.source, message, cure, empty[0], field=table.header[days_at])
        return
    day, first = next(iter(twice.items()))
    times = {parts.time for parts in dates.stamps if parts.time}
    noun = plural(len(twice), "date occurs", "dates occur")
    message = f"{noun} more than once ({day} on {lines_text(first, table.unit)})"
    name = table.header[days_at]
    if len(times) > 1:
        cure = "These are prices within the day: keep the last of each day."
        raise TableError.of(table.source, message, cure, first[1], field=name, value=str(day))
    cure = "Keep one price a day."
    raise CellsError.of(table.source, message, cure, first[1], field=name, value=str(day))


def said_of_rows(dates: Dates) -> list[Understood]:
    """Say how the rows lie: newest first, in no order, with times of day."""
    days = [day for day in dates.dates if day]
    notes = []
    if len(days) > 1 and days == sorted(days, reverse=True):
        option = option_line("order", "newest-first")
        notes.append(Understood("order", "the newest day comes first", option))
    elif days != sorted(days):
        notes.append(Understood("order", "the rows are not in the order of their dates"))
    times = Counter(parts.time for parts in dates.stamps if parts.time)
    if times:
        most = " and ".join(time for time, _ in times.most_common(2))
        zones = sorted({parts.zone for parts in dates.stamps if parts.zone})
        zone = f" {' and '.join(zones[:2])}" if zones else ""
        text = f"timestamps, one a day at {most}{zone}, are taken for dates"
        notes.append(Understood("timestamps", text))
    return notes
