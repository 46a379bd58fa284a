"""A text cut into records: its delimiter, told from the whole of it."""

from __future__ import annotations

import csv
from collections import Counter
from typing import NamedTuple

from eventstudy.files import LONGEST_LINE, MOST_LINES
from eventstudy.tables.cell_kinds import is_value
from eventstudy.tables.understood import CellsError, TableError, Understood, option_line

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
HEADER_WITHIN = 30
"""Records from the first in which a header is looked for."""


class Row(NamedTuple):
    """One record: the line (or the row of a sheet) on which it starts, and its cells."""

    line: int
    cells: tuple[str, ...]


class Cut(NamedTuple):
    """The records of a text, how they were cut, and what is to be said of that."""

    rows: list[Row]
    delimiter: str
    notes: tuple[Understood, ...]


class _Try(NamedTuple):
    """How a text looks when it is cut in one way: the better, the larger."""

    headed: bool
    share: float
    width: int
    delimiter: str
    rows: list[Row]


def cut(source: str, text: str, delimiter: str = "") -> Cut:
    """Cut a text into records that hold anything.

    Parameters
    ----------
    source : str
        Path of the file, for errors.
    text : str
        Its text.
    delimiter : str
        What stands between cells; empty = worked out from the whole text.

    Returns
    -------
    Cut

    Raises
    ------
    TableError
        When there is nothing in it, it is too long, or it can be cut in two ways.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    _refuse_long(source, lines)
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is None:
        cure = "Give a file that holds a table."
        raise CellsError.of(source, "the file is empty", cure)
    notes: tuple[Understood, ...] = ()
    declared = lines[first].strip().strip('"')
    if declared.casefold().startswith("sep=") and len(declared) == 5:
        lines[first] = ""
        mark = declared[-1]
        notes = (Understood("delimiter", f"line {first + 1}, {declared}, names the delimiter"),)
        return Cut(_sound(source, lines, delimiter or mark), delimiter or mark, notes)
    if delimiter:
        return Cut(_sound(source, lines, delimiter), delimiter, ())
    return _best(source, lines)


def _refuse_long(source: str, lines: list[str]) -> None:
    cure = "Check that it is the right file, and that its lines end."
    if len(lines) > MOST_LINES:
        message = f"more than {MOST_LINES:,} lines"
        raise CellsError.of(source, message, cure)
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            message = f"a line of more than {LONGEST_LINE:,} characters"
            raise CellsError.of(source, message, cure, number)


def _records(lines: list[str], delimiter: str) -> tuple[list[Row], int]:
    """Return the records that hold anything, and the line of one that is no CSV; 0 = none."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return rows, 0
        except csv.Error:
            return rows, line
        if any(cell.strip() for cell in cells):
            rows.append(Row(line, tuple(cell.strip() for cell in cells)))
        line = reader.line_num + 1


def _sound(source: str, lines: list[str], delimiter: str) -> list[Row]:
    """Return the records; raise an error when a quotation mark is wrong."""
    rows, line = _records(lines, delimiter)
    if line:
        message = "a quotation mark that opens here is never closed, or text follows a closing one"
        cure = 'Correct it; a quotation mark inside a quoted cell is written twice: "".'
        raise CellsError.of(source, message, cure, line)
    return rows


def _tried(lines: list[str], delimiter: str) -> _Try:
    rows, wrong = _records(lines, delimiter)
    widths = Counter(len(row.cells) for row in rows)
    width, often = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    headed = any(
        len(row.cells) == width
        and sum(map(bool, row.cells)) > 1
        and not any(map(is_value, row.cells))
        for row in rows[:HEADER_WITHIN]
    )
    share = often / len(rows) if rows and width > 1 and not wrong else 0.0
    return _Try(headed and width > 1, share, width, delimiter, rows)


def _best(source: str, lines: list[str]) -> Cut:
    text = "\n".join(lines)
    there = [mark for mark in DELIMITERS if mark in text]
    tries = sorted(
        (_tried(lines, mark) for mark in there), reverse=True, key=lambda tried: tried[:3]
    )
    good = [tried for tried in tries if tried.share > 0]
    if not good:
        return Cut(_sound(source, lines, ","), ",", ())
    best = good[0]
    alike = [tried for tried in good[1:] if tried[:2] == best[:2] and tried.share > 0.9]
    if alike and best.headed:
        marks = [tried.delimiter for tried in (best, *alike)]
        listed = " or ".join(option_line("delimiter", mark) for mark in marks)
        words = " or ".join(DELIMITERS[mark] for mark in marks)
        raise TableError.of(source, f"cells may be separated by {words}", f"Write {listed}.")
    notes: tuple[Understood, ...] = ()
    if best.delimiter != ",":
        words = DELIMITERS[best.delimiter]
        option = option_line("delimiter", best.delimiter)
        notes = (Understood("delimiter", f"cells are separated by {words}", option),)
    return Cut(best.rows, best.delimiter, notes)
