"""Sheets, Parquet, Stata and JSON as rows of text; what is a date there is a date here."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eventstudy.parsing import parse_json
from eventstudy.tables.delimited import Row
from eventstudy.tables.pages import CURSOR, refuse_page
from eventstudy.tables.understood import TableError, Understood, option_line

if TYPE_CHECKING:
    import pandas as pd

INSTALL = 'pip install "market-eventstudy[files]"'
"""What installs the library that Parquet needs."""

SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PARQUET = (".parquet", ".pq")
STATA = (".dta",)
JSON = (".json", ".jsonl", ".ndjson")
WEB_PAGE = ".html"
"""What is read neither as a table nor as a workbook, whatever it is called."""
BEGINNINGS = {b"PK\x03\x04": ".xlsx", b"\xd0\xcf\x11\xe0": ".xls", b"PAR1": ".parquet"}
"""How files of these kinds begin, whatever they are called."""
NESTED = ("data", "rows", "events", "results", "history", "candles", "values", "items")
"""Keys under which JSON holds its table."""


class Sheet(NamedTuple):
    """The rows of a file that is no text, and what is to be said of it."""

    rows: list[Row]
    notes: tuple[Understood, ...]


def kind_of(path: Path, content: bytes) -> str:
    """Return the suffix of the kind that a file is; empty for a text that is cut by delimiters."""
    suffix = path.suffix.casefold()
    if suffix in (*STATA, *JSON):
        return suffix
    for beginning, kind in BEGINNINGS.items():
        if content.startswith(beginning):
            return suffix if kind == ".xlsx" and suffix in SHEETS else kind
    start = content[:400].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"<" and re.match(rb"<(!doctype|html|table|\?xml|meta)", start, re.IGNORECASE):
        return WEB_PAGE
    if start[:1] in (b"[", b"{") and content.rstrip()[-1:] in (b"]", b"}"):
        return JSON[0]
    return suffix if suffix in (*SHEETS, *PARQUET) else ""


def read_workbook(source: str, content: bytes, kind: str, sheet: str = "") -> Sheet:
    """Return the rows of a file that is no delimited text.

    Parameters
    ----------
    source : str
        Path of the file, for errors.
    content : bytes
        What it holds.
    kind : str
        Its suffix, as `kind_of` gives it.
    sheet : str
        Name of the sheet; empty = the only one that holds a table.

    Returns
    -------
    Sheet

    Raises
    ------
    TableError
        When a library is lacking (the text has the line that installs it), the file is damaged,
        or it is not clear which sheet is meant.
    """
    if kind in JSON:
        return Sheet(_json(source, content, kind), ())
    try:
        if kind in SHEETS:
            return _sheets(source, content, sheet)
        return Sheet(_frame_rows(_frame(content, kind)), ())
    except ImportError as error:
        message = f"reading {kind} needs a library that is not installed ({error.name})"
        raise TableError.of(source, message, f"Install it: {INSTALL}") from None
    except TableError:
        raise
    except Exception as error:  # whatever pandas and its readers let out of a damaged file
        reason = (str(error).splitlines() or [""])[0][:200].rstrip(".") or type(error).__name__
        message = f"cannot be read as {kind}: {reason}"
        raise TableError.of(source, message, "Open it in its program and save it again.") from error


def _frame(content: bytes, kind: str) -> pd.DataFrame:
    import pandas as pd

    if kind in STATA:
        return pd.read_stata(BytesIO(content), convert_categoricals=True)
    import pyarrow  # noqa: F401  the error of pandas names other libraries too

    frame = pd.read_parquet(BytesIO(content), engine="pyarrow")
    named = [name is not None for name in frame.index.names]
    dated = isinstance(frame.index, pd.DatetimeIndex | pd.MultiIndex)
    return frame.reset_index() if any(named) or dated else frame


def _sheets(source: str, content: bytes, sheet: str) -> Sheet:
    import pandas as pd

    with pd.ExcelFile(BytesIO(content), engine="calamine") as book:
        names = [str(name) for name in book.sheet_names]
        if sheet and sheet not in names:
            listed = " or ".join(option_line("sheet", name) for name in names)
            message, cure = "there is no such sheet", f"Write {listed}."
            raise TableError.of(source, message, cure, field="sheet", value=sheet)
        wanted = [sheet] if sheet else names
        frames = pd.read_excel(book, sheet_name=wanted, header=None, dtype=object)
    grids = {
        name: _rows(frame.itertuples(index=False, name=None)) for name, frame in frames.items()
    }
    held = {name: rows for name, rows in grids.items() if len(rows) > 1} or grids
    if len(held) != 1:
        listed = " or ".join(option_line("sheet", name) for name in held)
        message = f"{len(held)} sheets hold a table"
        raise TableError.of(source, message, f"Write {listed}.", field="sheet")
    name, rows = next(iter(held.items()))
    if not rows:
        cure = "Give a sheet that holds a table."
        raise TableError.of(source, "the sheet is empty", cure, value=name)
    said = f"of {len(names)} sheets {name!r} is read"
    note = Understood("sheet", said, option_line("sheet", name))
    return Sheet(rows, () if len(names) == 1 else (note,))


def _rows(values: Iterable[Iterable[Any]], first: int = 1) -> list[Row]:
    rows = (Row(line, tuple(map(cell_text, row))) for line, row in enumerate(values, first))
    return [row for row in rows if any(cell.strip() for cell in row.cells)]


def _frame_rows(frame: pd.DataFrame) -> list[Row]:
    header = tuple(
        " ".join(str(part) for part in name if str(part)) if isinstance(name, tuple) else str(name)
        for name in frame.columns
    )
    return [Row(1, header), *_rows(frame.itertuples(index=False, name=None), 2)]


def cell_text(value: object) -> str:
    """Return a value as it would be typed: a bare date without a time, 5.0 as 5."""
    if value is None or value != value:
        return ""
    if isinstance(value, dt.datetime):
        bare = value.tzinfo is None and value.time() == dt.time()
        return value.date().isoformat() if bare else value.isoformat(" ", "seconds")
    if isinstance(value, dt.time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, float) and math.isfinite(value):
        return repr(float(value))
    text = str(value)
    return " ".join(text.split()) if "\n" in text else text.strip()


def _json(source: str, content: bytes, kind: str) -> list[Row]:
    try:
        text = content.decode("utf-8-sig")
        if kind == ".json":
            value = parse_json(text)
            rows = _table(source, value)
            _refuse_page(source, value, len(rows) - 1)
            return rows
        lines = [line for line in text.splitlines() if line.strip()]
        return _table(source, [parse_json(line) for line in lines])
    except ValueError as error:
        cure = "Save it as JSON in UTF-8."
        raise TableError.of(source, f"is no JSON: {error}", cure) from error


def _refuse_page(source: str, value: Any, rows: int) -> None:
    """Raise an error when JSON of MOEX ISS says that it is one page of many."""
    cursor = value.get("history.cursor") if isinstance(value, dict) else None
    if isinstance(cursor, dict) and cursor.get("columns", [])[:3] == list(CURSOR):
        for line in cursor.get("data") or []:
            if isinstance(line, list) and [type(part) for part in line[:3]] == [int, int, int]:
                refuse_page(source, line[0], line[1], rows)


def _table(source: str, value: Any) -> list[Row]:
    """Return the table of JSON: records, columns and rows, or columns by name."""
    if isinstance(value, dict) and isinstance(value.get("columns"), list):
        rows = value.get("data", value.get("rows"))
        if isinstance(rows, list) and all(isinstance(row, list) for row in rows):
            return [Row(1, tuple(map(_plain, value["columns"]))), *_listed(rows)]
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        names = list(dict.fromkeys(name for row in value for name in row))
        records = [[record.get(name) for name in names] for record in value]
        return [Row(1, tuple(map(str, names))), *_listed(records)]
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return _listed(value, 1)
    if isinstance(value, dict):
        for key in NESTED:
            if isinstance(value.get(key), dict | list):
                return _table(source, value[key])
        columns = list(value.values())
        if columns and all(isinstance(column, list) for column in columns):
            rows = [list(row) for row in zip(*columns, strict=False)]
            if len({len(column) for column in columns}) == 1:
                return [Row(1, tuple(map(str, value))), *_listed(rows)]
        tables = [column for column in columns if isinstance(column, dict) and "columns" in column]
        if len(tables) == 1:
            return _table(source, tables[0])
    cure = 'Give a list of records, such as [{"date": "2022-01-13", "title": "..."}].'
    raise TableError.of(source, "the JSON holds no table", cure)


def _listed(rows: list[Any], first: int = 2) -> list[Row]:
    return [
        Row(line, tuple(map(_plain, row)))
        for line, row in enumerate(rows, first)
        if any(_plain(cell).strip() for cell in row)
    ]


def _plain(value: object) -> str:
    """Return a value of JSON as text; lists as the assets of an event are written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(_plain(part) for part in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else cell_text(value)
