"""Tables of prices as libraries deliver them: dates in a column, two rows of names, zones."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from eventstudy.errors import InvalidArgumentError, PriceDataError
from eventstudy.tables.frames import pandas_of
from eventstudy.tables.headers import price_column

OHLC = ("open", "high", "low", "close")
"""What columns of one asset hold, beside its volume."""
CLOSES = ("Close", "close", "Adj Close", "adj_close")
"""Names of closes in the first or second row of two rows of names, the first that is there."""


class Tidy(NamedTuple):
    """A table of sessions x assets, and what was understood of it, in sentences."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


def tidied(given: object) -> Tidy:
    """Return a table of prices or returns as sessions x assets.

    Parameters
    ----------
    given : object
        A DataFrame of pandas, polars or pyarrow (sessions x assets), or a named Series: dates in
        the index or in a column, dates with a zone at midnight, the two rows of names that
        yfinance gives to columns.

    Returns
    -------
    Tidy

    Raises
    ------
    InvalidArgumentError
        When it is no table, or a Series without a name.
    PriceDataError
        When its columns are those of one asset (open, high, low, close), or its rows those of
        several.
    """
    frame = pandas_of(given)
    if frame is None:
        raise InvalidArgumentError(
            f"prices and returns are a DataFrame (sessions x assets), not {type(given).__name__}"
        )
    if isinstance(frame, pd.Series):
        if not isinstance(frame.name, str):
            raise InvalidArgumentError(
                'the Series of prices has no name; use .rename("IMOEX") to name its asset'
            )
        frame = frame.to_frame()
    frame, closes = _one_row_of_names(frame)
    _refuse_one_asset(frame)
    frame, dated = _dates_from_column(frame)
    frame, zoned = _without_zone(frame)
    return Tidy(frame, (*closes, *dated, *zoned))


def _one_row_of_names(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the closes of a table whose columns have two rows of names, as of yfinance."""
    if frame.columns.nlevels == 1:
        return frame, ()
    for level in range(frame.columns.nlevels):
        kinds = frame.columns.get_level_values(level)
        for name in CLOSES:
            if name in kinds and frame.columns.nlevels == 2:
                closes = frame.xs(name, axis=1, level=level)
                others = [kind for kind in CLOSES if kind in kinds and kind != name]
                beside = f", not {others[0]!r}" if others else ""
                return closes, (f"{name!r} of the columns is used{beside}.",)
    levels = frame.columns.nlevels
    raise PriceDataError(
        f"columns have {levels} rows of names and none is a close; choose the prices first, such "
        'as frame["Close"]'
    )


def _kind(name: object) -> str:
    return price_column(name) if isinstance(name, str) else ""


def _refuse_one_asset(frame: pd.DataFrame) -> None:
    """Refuse open, high, low and close beside each other, and a long table."""
    kinds = {_kind(name): name for name in frame.columns}
    if {*kinds} >= {*OHLC}:
        close, names = kinds["close"], ", ".join(str(kinds[kind]) for kind in OHLC)
        raise PriceDataError(
            f"{names} are columns of one asset"
            f'. Write frame[[{close!r}]].rename(columns={{{close!r}: "NAME"}})'
        )
    if {"symbol", "close", "date"} <= {*kinds}:
        day, symbol, close = (kinds[kind] for kind in ("date", "symbol", "close"))
        raise PriceDataError(
            "the rows are of several assets. Write frame.pivot("
            f"index={day!r}, columns={symbol!r}, values={close!r})"
        )


def _dates_from_column(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table whose index is its column of dates, where the index only counts rows."""
    if not isinstance(frame.index, pd.RangeIndex):
        return frame, ()
    named = [name for name in frame.columns if _kind(name) == "date"]
    typed = [n for n in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[n])]
    column = (named if len(named) == 1 else typed)[:1]
    if not column or len(frame.columns) < 2:
        return frame, ()
    return frame.set_index(column[0]), (f"Dates are those of the column {column[0]!r}.",)


def _without_zone(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Take midnights of a zone for dates; other times stay, and are refused."""
    index = frame.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        return frame, ()
    local = index.tz_localize(None)
    if not (local == local.normalize()).all():
        return frame, ()
    said = f"Days begin at midnight of {index.tz}: they are taken for dates."
    return frame.set_axis(local, axis=0), (said,)
