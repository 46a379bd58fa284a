"""How a CSV file of events is cut into records, with all its bytes."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from eventstudy.errors import MOST_PROBLEMS, EventsError, Problem, stopped
from eventstudy.events.cells import COLUMNS
from eventstudy.files import FileKindError, LinesError, lines_of, read_file_bytes

MOST_EVENTS = 1_000_000
"""Events of a file above which it is not read."""
COLUMNS_LIMIT = 512 * 2**20
"""Size in bytes above which an events file is not read."""
RECORDS_LIMIT = 128 * 2**20
"""Size in bytes above which it is not read record by record, which takes ten times the memory."""
BOM = "\ufeff"
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
NEWLINE = re.compile(r"\r\n|\r|\n")
FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
"""What cannot be seen, or turns the order of writing; joiners that scripts need are none of it."""
QUOTED = re.compile(r'[,"\r\n]')
DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SAVE_AS_UTF8 = 'Save it as UTF-8; in Excel choose "CSV UTF-8 (comma delimited)".'


class TooManyEventsError(EventsError):
    """A file holds more events than are read."""

    def __init__(self, source: str) -> None:
        message, cure = f"has more than {MOST_EVENTS:,} events", "Split it into several files."
        super().__init__([Problem(source, None, "", "", message, cure)])


class Record(NamedTuple):
    """One record of a CSV file: its first line, its cells, and its text as written."""

    line: int
    cells: tuple[str, ...]
    raw: str


class PlainRecord(NamedTuple):
    """One record as a canonical CSV file would have it; its text is made when it is asked for."""

    line: int
    cells: tuple[str, ...]

    @property
    def raw(self) -> str:
        """Its text."""
        return csv_line(self.cells)


class Table(NamedTuple):
    """A CSV text cut into records, and what is wrong with how it is written."""

    source: str
    head: str
    header: Record
    rows: Sequence[Record | PlainRecord]
    problems: list[Problem]


def content_of(source: str | Path) -> bytes:
    """Return the content of an events file.

    Parameters
    ----------
    source : str or Path
        The file.

    Raises
    ------
    EventsError
        When there is no such file, or it cannot be read or is too large.
    """
    name = str(source)
    if ADDRESS.match(name):
        cure = "Download it and give the file's path."
        raise EventsError.of(name, "is an address, not a file", cure)
    try:
        return read_file_bytes(source, COLUMNS_LIMIT)
    except FileKindError as error:
        raise EventsError(error.problems) from None
    except FileNotFoundError as error:
        cure = "Check the path; it counts from the current folder."
        raise EventsError.of(name, "there is no such file", cure) from error
    except OSError as error:
        reason = error.strerror or str(error)
        cure = "Check the path and the permissions."
        raise EventsError.of(name, f"cannot be read: {reason}", cure) from error


def _refuse_other_text(source: str, content: bytes) -> None:
    """Raise an error when a content is no UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise EventsError.of(source, "is UTF-16, not UTF-8", SAVE_AS_UTF8)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(NEWLINE.findall(content[: error.start].decode("utf-8"))) + 1
        message = f"is not UTF-8: byte 0x{content[error.start]:02x} at byte offset {error.start}"
        raise EventsError.of(source, message, SAVE_AS_UTF8, line) from error


def header_of(path: str | Path) -> tuple[str, ...]:
    """Return the names of columns as written: the first record that is no blank line.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8.
    """
    records = csv.reader(lines_of(content_of(path)))
    return next((tuple(cells) for cells in records if "".join(cells).strip()), ())


def split(source: str, content: bytes) -> Table:
    """Cut a CSV text into records, blank lines going with the record before them.

    Parameters
    ----------
    source : str
        Path of the file, for errors.
    content : bytes
        A text in UTF-8, with or without a byte order mark, its cells separated by commas.

    Returns
    -------
    Table

    Raises
    ------
    EventsError
        When it is not such a text.
    """
    if len(content) > RECORDS_LIMIT:
        limit = f"{RECORDS_LIMIT // 2**20} MB"
        message = f"is larger than {limit}, and not plain enough to be read by columns"
        cure = "Save it as CSV in UTF-8 with commas, and as many cells in each row; or split it."
        raise EventsError.of(source, message, cure)
    _refuse_other_text(source, content)
    mark = BOM if content.startswith(BOM.encode()) else ""
    try:
        lines = list(lines_of(content))
    except LinesError as error:
        raise EventsError.of(source, error.message, error.cure, error.line) from error
    del content  # the lines are a second copy of it
    first = next((line for line in lines if line.strip(" \t\r\n")), None)
    if first is None:
        cure = f"Begin it with the line {','.join(COLUMNS)}"
        raise EventsError.of(source, "is empty", cure)
    for delimiter, words in DELIMITERS.items():
        names = {name.strip(' "\r\n') for name in first.split(delimiter)}
        if len(names.intersection(COLUMNS)) > 1:
            line = lines.index(first) + 1
            message = f"the columns are separated by {words}, not by commas"
            raise EventsError.of(source, message, "Save it as CSV separated by commas.", line)
    records, problems = _parsed(source, lines)
    if not records:
        raise EventsError(problems)
    starts = [record.line - 1 for record in records]
    ends = [*starts[1:], len(lines)]
    header, *rows = (
        record._replace(raw="".join(lines[start:end]))
        for record, start, end in zip(records, starts, ends, strict=True)
    )
    head = mark + "".join(lines[: starts[0]]) + header.raw
    return Table(source, head, header, rows, problems)


def _parsed(source: str, lines: list[str]) -> tuple[list[Record], list[Problem]]:
    """Read the records, still without their text; a wrong one does not hide the others."""
    reader = csv.reader(lines, strict=True)
    records: list[Record] = []
    problems: list[Problem] = []
    while (start := reader.line_num) < len(lines):
        if len(records) > MOST_EVENTS:
            raise TooManyEventsError(source)
        if len(problems) >= MOST_PROBLEMS:
            raise EventsError([*problems, stopped(source, start + 1)])
        try:
            cells = tuple(next(reader))
        except csv.Error as error:
            problems.append(_csv_problem(source, start + 1, str(error)))
            continue
        if "".join(lines[start : reader.line_num]).strip(" \t\r\n"):
            records.append(Record(start + 1, cells, ""))
    return records, problems


def _csv_problem(source: str, line: int, error: str) -> Problem:
    if "unexpected end" in error:
        message, cure = "a quotation mark that opens here is never closed", "Close it."
    elif "field larger" in error:
        message = f"a cell is longer than {csv.field_size_limit()} characters"
        cure = "Shorten it; or close a quotation mark that was left open."
    else:
        message = "text follows a closing quotation mark"
        cure = 'Write quotation marks inside a quoted cell twice: "".'
    return Problem(source, line, "", "", message, cure)


def csv_line(cells: tuple[str, ...]) -> str:
    """Return one canonical CSV line; quoted only where needed, alike on every Python."""
    quoted = ('"' + c.replace('"', '""') + '"' if QUOTED.search(c) else c for c in cells)
    return ",".join(quoted) + "\n"
