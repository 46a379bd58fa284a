"""A large CSV text in the plain form, cut into columns: with Arrow where it is installed.

Arrow's reader is more lenient than the rules of a plain file (it takes text after a closing
quotation mark, and drops one of two columns with one name), so that the form is looked at first,
by the bytes. Whatever is not surely plain is left to the reader of single records, which says
what is wrong.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import BytesIO, TextIOWrapper
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.arrays import AT_ONCE, Ints
from eventstudy.events.csv_table import BOM, MOST_EVENTS, Record, Table, TooManyEventsError
from eventstudy.events.record_columns import ColumnRows, RawText
from eventstudy.events.table_faults import REQUIRED
from eventstudy.events.text_columns import ArrowTexts, ListTexts, Texts
from eventstudy.files import MOST_LINES

OTHER_DELIMITERS = ";\t|"
_QUOTE, _COMMA, _NEWLINE, _RETURN = b'",\n\r'


class Layout(NamedTuple):
    """Where the records of a text begin (and the last one ends), and on which lines."""

    starts: Ints
    lines: Ints


def columns_table(source: str, content: bytes) -> Table | None:
    """Cut a CSV text into columns.

    Parameters
    ----------
    source : str
        Path of the file, for errors.
    content : bytes
        Its content.

    Returns
    -------
    Table or None
        With `ColumnRows`; None where the text is not surely in the plain form.

    Raises
    ------
    TooManyEventsError
        When it holds more events than are read.
    """
    begin = len(BOM.encode()) if content.startswith(BOM.encode()) else 0
    layout = layout_of(content, begin)
    if layout is None or len(layout.lines) < 2:
        return None
    try:
        head = content[begin : layout.starts[1]].decode()
        (names,) = csv.reader([head.rstrip("\r\n")], strict=True)
    except (UnicodeDecodeError, ValueError, csv.Error):
        return None
    if not set(REQUIRED) <= set(names) or len({*names}) < len(names):
        return None
    if any(name != name.strip() or not name for name in names) or set(OTHER_DELIMITERS) & {*head}:
        return None
    body, records = int(layout.starts[1]), len(layout.lines) - 1
    if records > MOST_EVENTS:
        raise TooManyEventsError(source)
    if content.startswith(BOM.encode(), body):
        return None  # a second mark, which readers would drop
    texts = _texts(content, body, len(names))
    if texts is None or any(len(column) != records for column in texts):
        return None
    rows = ColumnRows(texts, layout.lines[1:], RawText(content, layout.starts[1:]))
    mark = BOM if begin else ""
    return Table(source, mark + head, Record(int(layout.lines[0]), tuple(names), head), rows, [])


def layout_of(content: bytes, begin: int) -> Layout | None:
    """Return where the records of a CSV text begin.

    Parameters
    ----------
    content : bytes
        A text.
    begin : int
        Length of its byte order mark.

    Returns
    -------
    Layout or None
        None where a quotation mark neither opens nor closes a cell, a carriage return stands
        alone, the text begins with a blank line, or a record is very long.
    """
    returns = content.count(b"\r")
    if (returns and returns != content.count(b"\r\n")) or b"\0" in content:
        return None
    data = np.frombuffer(content, dtype=np.uint8)[begin:]
    newlines, quotes = np.flatnonzero(data == _NEWLINE), np.flatnonzero(data == _QUOTE)
    if len(newlines) >= MOST_LINES or not _well_quoted(data, quotes):
        return None
    ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0] + 1
    starts = np.concatenate([[0], ends[ends < len(data)]])
    lines = np.searchsorted(newlines, starts) + 1
    sizes = np.diff(starts, append=len(data))
    blank = (data[starts] == _NEWLINE) | ((sizes == 2) & (data[starts] == _RETURN))
    if not len(data) or blank[0]:
        return None
    starts = np.append(starts[~blank], len(data))
    if np.diff(starts).max() > csv.field_size_limit():
        return None
    return Layout(starts + begin, lines[~blank])


def _well_quoted(data: NDArray[np.uint8], quotes: Ints) -> bool:
    """Whether every quotation mark opens or closes a cell, or is one of two inside a cell."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = np.where(opening > 0, data[opening - 1], _NEWLINE)
    last = closing == len(data) - 1
    after = np.where(last, _NEWLINE, data[np.where(last, 0, closing + 1)])
    doubled = np.zeros(len(opening) + 1, dtype=bool)
    doubled[1:-1] = opening[1:] == closing[:-1] + 1
    opens = (before == _COMMA) | (before == _NEWLINE) | doubled[:-1]
    closes = (after == _COMMA) | (after == _NEWLINE) | (after == _RETURN) | doubled[1:]
    return bool(opens.all() and closes.all())


def _texts(content: bytes, body: int, width: int) -> Sequence[Texts] | None:
    """Return the columns of the records from an offset on; None where they cannot be cut."""
    try:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv
    except ImportError:
        return _listed(content, width)
    names = [str(place) for place in range(width)]
    types = dict.fromkeys(names, pa.string())
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(memoryview(content)[body:]),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(column_types=types),
        )
    except pa.ArrowInvalid:
        return None
    return [ArrowTexts(table.column(name).combine_chunks()) for name in names]


def _listed(content: bytes, width: int) -> Sequence[Texts] | None:
    """Return the columns of the records below the header, cut by Python's reader."""
    reader = csv.reader(TextIOWrapper(BytesIO(content), "utf-8-sig", newline=""), strict=True)
    columns: list[list[str]] = [[] for _ in range(width)]
    try:
        while part := list(islice(reader, AT_ONCE)):
            records = [cells for cells in part if cells]  # a blank line is no cell
            if any(len(cells) != width for cells in records):
                return None
            for place, cells in enumerate(zip(*records, strict=True)):
                columns[place] += cells
    except (UnicodeDecodeError, csv.Error):
        return None
    for column in columns:
        del column[0]  # its name
    return [ListTexts(column) for column in columns]
