"""A DataFrame of events as the records, or of a large one the columns, of a CSV file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from eventstudy.arrays import Ints
from eventstudy.errors import InvalidArgumentError, Problem
from eventstudy.events.csv_table import PlainRecord, Record, Table, csv_line
from eventstudy.events.record_columns import ColumnRows
from eventstudy.events.text_columns import ArrowTexts, CodedTexts, ListTexts, Texts
from eventstudy.tables.frames import pandas_of

MANY_ROWS = 1_000
"""Rows from which columns are faster than records."""
FIRST_LINE = 2
"""Line of the first row in the CSV file that a frame would make."""


def is_dates(source: object) -> bool:
    """Whether a source is dates alone: a list, a Series or an index."""
    if isinstance(source, list | tuple | pd.Index):
        return True
    return isinstance(pandas_of(source), pd.Series)


def read_frame(given: object) -> Table:
    """Cut a DataFrame into the records of the CSV file that it would make.

    Parameters
    ----------
    given : DataFrame
        One event a row, of pandas or another library; its index is passed over.

    Returns
    -------
    Table

    Raises
    ------
    InvalidArgumentError
        When it is no DataFrame.
    """
    frame = pandas_of(given)
    if not isinstance(frame, pd.DataFrame):
        kind = type(given).__name__
        raise InvalidArgumentError(f"events: a path or a DataFrame is needed, not {kind}")
    cure = "Rename it to a text."
    problems = [
        Problem("DataFrame", 1, "", str(name), "a column's name is not text", cure)
        for name in frame.columns
        if not isinstance(name, str)
    ]
    columns = [frame.iloc[:, column].array for column in range(frame.shape[1])]
    names = tuple(str(name) for name in frame.columns)
    header = Record(1, names, csv_line(names))
    if len(frame) >= MANY_ROWS and not problems:
        lines = np.arange(FIRST_LINE, FIRST_LINE + len(frame))
        rows: Sequence[Record | PlainRecord] = ColumnRows([*map(_texts, columns)], lines)
    else:
        cells = zip(*([_cell_text(value) for value in column] for column in columns), strict=True)
        rows = [Record(line, row, csv_line(row)) for line, row in enumerate(cells, FIRST_LINE)]
    return Table("DataFrame", header.raw, header, rows, problems)


def _cell_text(value: object) -> str:
    """Return a cell of a DataFrame as it would be typed; a bare date has no time of day."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, dt.datetime):
        is_date = value.tzinfo is None and value == pd.Timestamp(value).normalize()
        return value.date().isoformat() if is_date else str(value)
    if isinstance(value, dt.time) and not value.microsecond:
        return value.isoformat("seconds" if value.second else "minutes")
    return str(value)


def _texts(column: ExtensionArray) -> Texts:
    """Return cells as they would be typed; distinct moments and categories are written once."""
    if isinstance(column, pd.Categorical):
        return _coded(column.codes, column.categories.array)
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        return _coded(*pd.factorize(column))
    if isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
        import pyarrow as pa

        cells = pa.array(column)
        whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
        return ArrowTexts(whole.fill_null(""))
    return ListTexts([cell if type(cell) is str else _cell_text(cell) for cell in column])


def _coded(codes: Ints, values: ExtensionArray) -> Texts:
    """Return the texts of values by their codes; -1 stands for a missing one."""
    places = np.where(codes < 0, len(values), codes).astype(np.intp)
    return CodedTexts(places, [*map(_cell_text, values), ""])
