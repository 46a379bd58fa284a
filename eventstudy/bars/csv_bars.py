"""Bars from CSV files: exports of Finam, MetaTrader, TradingView, Dukascopy, and plain ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Mask
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.csv_moments import NAMES, Moments, fault, read_moments
from eventstudy.bars.frames import BarTraits, bars_of_frame
from eventstudy.errors import InputError, PriceDataError
from eventstudy.files import read_file_bytes
from eventstudy.prices.frames import listed
from eventstudy.tables.encodings import decoded

LIMIT = 512 * 2**20
"""Size in bytes above which a file of bars is not read."""
OPTIONS = ("timezone", "label", "delimiter", "decimal", "date_format", "columns")
"""What may be said of a file, beside market, minutes and factor."""
_EXACT: Mapping[str, Any] = (
    {}
    if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)
    else {"float_precision": "round_trip"}
)
"""Reads every digit; newer versions of pandas do so by themselves, and warn of the argument."""
_DELIMITERS = (",", ";", "\t", "|")
_VALUES = ("open", "high", "low", "close", "volume")
_KNOWN = {
    **dict.fromkeys(("vol", "tickvol", "tick_volume", "volume_lots", "ticks"), "volume"),
    **dict.fromkeys(("last", "price"), "close"),
}


@dataclass(frozen=True)
class _Layout:
    """How the columns of a file are named."""

    name: str
    columns: Mapping[str, str]
    moments: Moments


def read_csv_bars(path: Path, options: Mapping[str, object], traits: BarTraits) -> BarSeries:
    """Return the bars of a CSV file, or of all CSV files of a folder.

    Parameters
    ----------
    path : Path
        The file, or a folder whose files ``*.csv`` and ``*.txt`` hold one series.
    options : mapping
        ``timezone`` of labels that name none, ``label``, ``delimiter``, ``decimal``,
        ``date_format``, and ``columns``: a mapping from time, date, open, high, low, close,
        volume to the names in the file.
    traits : BarTraits
        Market, label, length.

    Returns
    -------
    BarSeries

    Raises
    ------
    PriceDataError
        When a file cannot be read as bars; file and line are named.
    InputError
        When it is no regular file, or too large.
    """
    files = [path]
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.suffix.lower() in (".csv", ".txt"))
        if not files:
            raise PriceDataError(f"{path}: the folder holds no .csv and no .txt file")
    tables, notes = zip(*(_table(file, options) for file in files), strict=True)
    whole = tables[0] if len(tables) == 1 else _joined(tables)
    label = traits.label or str(whole.attrs.get("label", ""))
    said = replace(traits, label=label, notes=(*traits.notes, *dict.fromkeys(notes)))
    try:
        bars = bars_of_frame(whole, said)
    except PriceDataError as error:
        raise PriceDataError(f"{path}: {error}") from error
    if label and not traits.label:
        bars = replace(bars, label=f"{label}, as the layout of the file has it")
    return bars


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return several files as one table; what two of them hold alike is kept once."""
    whole = pd.concat(tables)
    whole.attrs = tables[0].attrs
    rows = whole.assign(_moment=whole.index)
    return whole[~rows.duplicated().to_numpy()]


def _table(path: Path, options: Mapping[str, object]) -> tuple[pd.DataFrame, str]:
    """Return a file as a table by tz-aware moments, and how it was understood."""
    try:
        content = read_file_bytes(path, LIMIT)
    except InputError as error:
        raise PriceDataError.of_file(error.problems) from None
    except OSError as error:
        raise PriceDataError(f"{path}: cannot be read: {error.strerror or error}") from error
    text = content.decode("ascii") if content.isascii() else decoded(str(path), content, "").text
    if not text.strip():
        raise fault(path, None, "", "the file is empty", "Give a file that holds bars.")
    delimiter = str(options.get("delimiter") or _delimiter(text))
    decimal = str(options.get("decimal") or _decimal(text, delimiter))
    raw = _cut(path, text, delimiter, decimal)
    layout = _layout(path, raw, options)
    moments = read_moments(path, raw, layout.moments, options)
    values = {
        name: _numbers(path, raw[column], name, column).to_numpy()
        for name, column in layout.columns.items()
    }
    table = pd.DataFrame(values, moments)
    table.attrs["label"] = layout.moments.label
    return table, f"read as {layout.name}, labels in {layout.moments.zone_words(options)}"


def _delimiter(text: str) -> str:
    """Return what stands between cells: what the first two lines both hold the most of."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:2]
    return max(_DELIMITERS, key=lambda mark: min(line.count(mark) for line in lines))


def _decimal(text: str, delimiter: str) -> str:
    lines = text[:20_000].splitlines()[1:50]
    commas = any(re.search(r"\d,\d", line) for line in lines) and delimiter != ","
    return "," if commas else "."


def _cut(path: Path, text: str, delimiter: str, decimal: str) -> pd.DataFrame:
    """Return the cells of a file: numbers where a column holds them, text elsewhere."""
    first = text.lstrip("\ufeff").splitlines()[0]
    names = [cell.strip().strip('"').strip() for cell in first.split(delimiter)]
    texts = {place: str for place, name in enumerate(names) if _plain(name) in NAMES}
    try:
        frame = pd.read_csv(
            StringIO(text.lstrip("\ufeff")),
            sep=delimiter,
            decimal=decimal,
            dtype=texts,
            skipinitialspace=True,
            keep_default_na=False,
            na_values=[""],
            **_EXACT,
            index_col=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        line = re.search(r"line (\d+)", str(error))
        cure = "Save it again with one row for each bar."
        message = f"is no table ({str(error).splitlines()[0]})"
        raise fault(path, int(line[1]) if line else None, "", message, cure) from error
    frame.columns = pd.Index([str(name).strip() for name in frame.columns])
    if frame.empty:
        raise fault(path, None, "", "the file holds no bar", "Give a file that holds bars.")
    return frame


def _plain(name: str) -> str:
    return name.strip().strip("<>").strip().casefold().replace(" ", "_")


def _layout(path: Path, raw: pd.DataFrame, options: Mapping[str, object]) -> _Layout:
    """Return which column holds what, and whose layout that is."""
    given = options.get("columns") or {}
    assert isinstance(given, Mapping)
    for wanted, column in given.items():
        if column not in raw.columns:
            cure = f"The columns are {listed(raw.columns)}."
            raise fault(path, 1, "columns", f"there is no column {column!r}", cure)
        if wanted not in (*_VALUES, "time", "date"):
            cure = "Write time, date, open, high, low, close or volume."
            raise fault(path, 1, "columns", f"{wanted!r} is no part of a bar", cure)
    plain = {_plain(column): column for column in raw.columns}
    values: dict[str, str] = {}
    for name, column in plain.items():
        kind = _KNOWN.get(name, name)
        if kind in _VALUES:
            values.setdefault(kind, column)
    values |= {name: str(column) for name, column in given.items() if name in _VALUES}
    if "close" not in values:
        cure = f'Write columns = {{ close = "NAME" }}; the columns are {listed(raw.columns)}.'
        raise fault(path, 1, "", "there is no column of closes", cure)
    moments = Moments.of(plain, given)
    if moments is None:
        cure = f'Write columns = {{ time = "NAME" }}; the columns are {listed(raw.columns)}.'
        raise fault(path, 1, "", "there is no column of times", cure)
    return _Layout(_whose(raw.columns, plain), values, moments)


def _whose(columns: pd.Index, plain: Mapping[str, str]) -> str:
    """Return whose export a file looks like."""
    if "gmt_time" in plain or "local_time" in plain:
        return "an export of Dukascopy"
    if any(str(name).startswith("<") for name in columns):
        return "an export of MetaTrader" if "tickvol" in plain else "an export of Finam"
    if "time" in plain and "date" not in plain and "open" in plain:
        return "an export of TradingView"
    return "a table of bars"


def _numbers(path: Path, column: pd.Series[float], name: str, heading: str) -> pd.Series[float]:
    """Return a column as floats; refuse text, with its line."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.astype(np.float64)
    numbers = pd.to_numeric(column.astype(str).str.replace("\u00a0", ""), errors="coerce")
    bad: Mask = numbers.isna().to_numpy() & column.notna().to_numpy()
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        cure = "Correct the cell, or name the column in columns."
        value, message = str(column.iloc[place]), f"is no number for {name}"
        raise fault(path, place + 2, heading, message, cure, value)
    return numbers.astype(np.float64)
