"""When a file of prices is read in the plain form, and when it is worked out what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import pandas as pd

from eventstudy.errors import PriceDataError, PriceError, UnclearPricesError
from eventstudy.tables.cell_kinds import is_missing
from eventstudy.tables.headers import price_column
from eventstudy.tables.table import Form, read_table
from eventstudy.tables.understood import CellsError, TableError

FOREIGN = (
    *("date_format", "encoding", "sheet", "header", "footer", "missing", "thousands", "order"),
    *("ticker", "kind", "weekends"),
)
"""Options of files that are not in the plain form; with one of them a file is worked out."""
PLAIN = (".csv", ".txt", "")
"""Suffixes of files that are read in the plain form first."""
FEWEST = 2
"""Bad rows of a plain file from which another form is looked for, if they are many of it."""
SHARE = 0.25
"""Part of its rows that are many. Rows without a date above or below the others are notes."""


class PlainReader(Protocol):
    """Reads a file in the plain form: UTF-8, one delimiter, YYYY-MM-DD, numbers without marks.

    Attributes
    ----------
    structured : bool
        Whether header and columns were found.
    seen : list of int
        Lines of the rows that were read.
    header : list of str
        Names of the columns.
    price_at : int
        Place of the column of prices.
    """

    structured: bool
    seen: list[int]
    header: list[str]
    price_at: int

    def prices(self) -> pd.Series[float]:
        """Return the prices of the file."""


def series_of(
    path: Path, symbol: str, options: Mapping[str, object], plain: Callable[[], PlainReader]
) -> tuple[pd.Series[float], tuple[str, ...]]:
    """Return the prices of a file, and what was understood of it; nothing of a plain one.

    Parameters
    ----------
    path : Path
        The file.
    symbol : str
        The series in it; empty when the file holds one.
    options : mapping
        What the user says of it.
    plain : callable
        Returns what reads the file in the plain form.

    Raises
    ------
    PriceDataError
        When single cells of a plain file are wrong; every problem is listed with its line.
    UnclearPricesError
        When the file can be read in two ways, or in none.
    PriceError
        When it cannot be opened.
    """
    strict: PriceDataError | None = None
    if not any(options.get(name) for name in FOREIGN) and path.suffix.casefold() in PLAIN:
        reader = plain()
        try:
            prices = reader.prices()
        except PriceDataError as error:
            if not _other_form(reader, error):
                raise
            strict = error if reader.structured else None
        else:
            if "symbol" not in map(price_column, reader.header):
                _refuse_growth(path, reader, prices)
                return prices, _beside(path, reader, options)
    from eventstudy.prices.sources.price_tables import read_series

    try:
        prices, notes = read_series(path, symbol, options)
    except TableError as error:
        if isinstance(error, CellsError):
            raise strict or PriceDataError.of_file(error.problems) from None
        raise UnclearPricesError.of_file(error.problems) from strict
    except OSError as error:
        raise PriceError(f"{path} cannot be read: {error.strerror}") from error
    return prices, tuple(map(str, notes))


def _refuse_growth(path: Path, reader: PlainReader, prices: pd.Series[float]) -> None:
    """Raise an error when prices of a plain file are rather growth."""
    from eventstudy.prices.sources.returns_read import refuse_growth

    try:
        refuse_growth(str(path), reader.header[reader.price_at], prices)
    except TableError as error:
        raise UnclearPricesError.of_file(error.problems) from None


def _beside(path: Path, reader: PlainReader, options: Mapping[str, object]) -> tuple[str, ...]:
    """Say which of two closes is used where adjusted ones stand beside plain ones."""
    adjusted = [
        position for position, name in enumerate(reader.header) if price_column(name) == "adjusted"
    ]
    if len(adjusted) != 1 or reader.price_at in adjusted:
        return ()
    from eventstudy.prices.sources.price_tables import adjusted_note

    table = read_table(path, Form.of({"delimiter": ",", **options}))
    return (str(adjusted_note(table, reader.price_at, adjusted[0])),)


def _other_form(reader: PlainReader, error: PriceDataError) -> bool:
    """Whether a file is rather in another form than a plain one with some bad cells."""
    if not reader.structured:
        return True
    values = {problem.value.casefold() for problem in error.problems}
    if values and all(value != "nan" and value and is_missing(value) for value in values):
        return True
    bad = {problem.line or 0 for problem in error.problems}
    if len(bad) >= FEWEST and len(bad) > len(reader.seen) * SHARE:
        return True
    undated = {
        problem.line for problem in error.problems if problem.message in ("not a date", "no date")
    }
    undated |= {problem.line for problem in error.problems if not problem.field}
    good = [line for line in reader.seen if line not in bad]
    return bool(good) and all(line in undated and not good[0] < line < good[-1] for line in bad)
