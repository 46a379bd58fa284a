"""Checks that every table of prices or returns must pass."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import cached_property

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.errors import InvalidArgumentError, PriceDataError, refuse_unknown
from eventstudy.words.numbers import count

MOST_LISTED = 20
"""Problems of one table that are listed; the others are counted."""

RETURNS = 0.2
"""Share of values that are no prices, from which a table looks like one of returns."""

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def listed(items: Iterable[object], separator: str = ", ") -> str:
    """Join items, at most `MOST_LISTED` of them, and count the others."""
    texts = [str(item) for item in items]
    more = len(texts) - MOST_LISTED
    return separator.join(texts[:MOST_LISTED] + ([f"... and {more} more"] if more > 0 else []))


def checked_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a table, sessions ascending, as floats.

    Rows without any value are nobody's session and are left out.

    Parameters
    ----------
    frame : DataFrame
        Sessions x assets.

    Returns
    -------
    DataFrame
        Float64; its index is naive midnights named "session".

    Raises
    ------
    InvalidArgumentError
        When it is not a DataFrame.
    PriceDataError
        When the index is not unique dates without a zone or a time, the columns are not
        unique names, a column is not numeric, or a column has no value at all.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InvalidArgumentError(
            f"prices and returns are a DataFrame (sessions x assets), not {type(frame).__name__}"
        )
    if frame.empty:
        raise PriceDataError("the table is empty; it needs a row for each session and a column")
    names = _checked_names(frame.columns)
    _check_numeric(frame)
    sessions = _checked_sessions(frame.index)
    values = np.array(frame.to_numpy(dtype=np.float64, na_value=np.nan), order="F")
    filled = ~np.isnan(values)
    bare = [name for name, some in zip(names, filled.any(axis=0), strict=True) if not some]
    if bare:
        raise PriceDataError(f"no value at all in {listed(bare)}; drop such columns")
    table = pd.DataFrame(values, index=sessions, columns=names, copy=False)
    some = filled.any(axis=1)
    table = table if some.all() else table[some]
    return table if table.index.is_monotonic_increasing else table.sort_index()


def not_prices(values: Array) -> Mask:
    """Mark what is no price: not finite, or not greater than zero; a missing one is not marked."""
    return ~(((values > 0) & (values < np.inf)) | np.isnan(values))


def checked_prices(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a table of prices; see `checked_frame`.

    Raises
    ------
    InvalidArgumentError, PriceDataError
        As `checked_frame`, and when a price is not finite and greater than zero; all such
        prices are named.
    """
    table = checked_frame(frame)
    values = table.to_numpy()
    if np.fmin.reduce(values, axis=None) > 0 and np.fmax.reduce(values, axis=None) < np.inf:
        return table
    bad = not_prices(values)
    rule = "a price is finite and greater than zero"
    if bad.sum() > RETURNS * np.isfinite(values).sum():
        rule += " (of returns, as fractions, write es.Returns(frame))"
    refuse_cells(table, bad, rule)
    return table


def refuse_cells(frame: pd.DataFrame, bad: Mask, rule: str) -> None:
    """Raise an error that names the asset, date and value of all bad cells.

    Parameters
    ----------
    frame : DataFrame
        A checked table.
    bad : ndarray of bool
        Marks its bad cells.
    rule : str
        What every cell must be.

    Raises
    ------
    PriceDataError
        When a cell is bad.
    """
    rows, columns = np.nonzero(bad)
    if len(rows) == 0:
        return
    cells = [
        f"{frame.columns[column]} on {frame.index[row]:%Y-%m-%d}: {frame.to_numpy()[row, column]:g}"
        for row, column in zip(rows[: MOST_LISTED + 1], columns[: MOST_LISTED + 1], strict=True)
    ]
    cells += [""] * (len(rows) - len(cells))
    wrong = count(len(rows), "value is", "values are")
    lines = listed(cells, "\n  ")
    raise PriceDataError(f"{wrong} wrong; {rule}:\n  {lines}")


@told_class
class AssetTable:
    """What prices and returns have in common: sessions x assets, each with its own sessions."""

    frame: pd.DataFrame

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the assets."""
        return tuple(self.frame.columns)

    def series(self, asset: str) -> pd.Series[float]:
        """Return one asset's values at its own sessions.

        Parameters
        ----------
        asset : str
            Name of the asset.

        Returns
        -------
        Series
            Prices in the units of the asset's quote, or returns as fractions; without
            missing ones.

        Raises
        ------
        UnknownNameError
            When there is no such asset.
        """
        self._place(asset)
        series: pd.Series[float] = self.frame[asset].dropna()
        return series

    def values(self, asset: str) -> Array:
        """Return one asset's values on all dates, NaN for missing ones; not a copy.

        Raises
        ------
        UnknownNameError
            When there is no such asset.
        """
        return np.asarray(self._columns[:, self._place(asset)])

    @cached_property
    def _columns(self) -> Array:
        """All values, a column of the table after the other in memory; made once."""
        return np.asarray(self.frame.to_numpy(), order="F")

    @cached_property
    def there(self) -> Mask:
        """Whether an asset has a value on a date, shape (dates, assets); made once."""
        return ~np.isnan(self._columns)

    @cached_property
    def sizes(self) -> Ints:
        """How many sessions each asset has."""
        sizes: Ints = self.there.view(np.uint8).sum(axis=0, dtype=np.int32).astype(np.intp)
        return sizes

    def sessions(self, asset: str) -> Dates:
        """Return one asset's own sessions, as days.

        Raises
        ------
        UnknownNameError
            When there is no such asset.
        """
        return self.last_sessions(asset).copy()

    def ends(self) -> Ints:
        """Return the rows of the first and of the last session of each asset, shape (2, assets)."""
        last = len(self.there) - 1 - self.there[::-1].argmax(axis=0)
        return np.stack([self.there.argmax(axis=0), last])

    def last_sessions(self, asset: str) -> Dates:
        """Return `sessions`, the same array again for the asset that was asked for last.

        And for one that has the same sessions as that.
        """
        last: tuple[str, Dates] | None = self.__dict__.get("_last_sessions")
        if last is None or last[0] != asset:
            days = self.days[self.there[:, self._place(asset)]]
            alike = last is not None and np.array_equal(last[1].view(np.int64), days.view(np.int64))
            last = asset, last[1] if last is not None and alike else days
            object.__setattr__(self, "_last_sessions", last)
        return last[1]

    @cached_property
    def days(self) -> Dates:
        """The dates of all rows, as days; made once."""
        return np.asarray(self.frame.index.to_numpy(), dtype="datetime64[D]")

    @cached_property
    def _row_of_day(self) -> Ints:
        """The row of each calendar day, or of the session after it."""
        every = np.arange(self.days[0], self.days[-1] + np.timedelta64(1, "D"))
        return np.searchsorted(self.days, every)

    def rows_of(self, days: Dates) -> Ints:
        """Return the rows of some of the dates; the table of days and the last rows are kept."""
        if getattr(getattr(days, "dtype", None), "kind", "") != "M":
            raise InvalidArgumentError(
                f"days are {days!r:.60}; write sessions of the table, such as .sessions(name)"
            )
        last: tuple[Dates, Ints] | None = self.__dict__.get("_last_rows")
        if last is not None and last[0] is days:
            return last[1]
        numbers = days.astype("datetime64[D]", copy=False).view(np.int64)
        rows: Ints = self._row_of_day[numbers - self.days[:1].view(np.int64)]
        object.__setattr__(self, "_last_rows", (days, rows))
        return rows

    def __getstate__(self) -> dict[str, object]:
        """Return what is pickled: not the columns, which the frame holds."""
        made = ("_columns", "_places", "there", "_last_sessions", "_last_rows")
        return {name: value for name, value in self.__dict__.items() if name not in made}

    def _place(self, asset: str) -> int:
        refuse_unknown(asset, self._places, f"no asset {asset!r}")
        return self._places[asset]

    @cached_property
    def _places(self) -> dict[str, int]:
        """Column of each asset."""
        return {asset: place for place, asset in enumerate(self.frame.columns)}


def _checked_names(columns: pd.Index) -> list[str]:
    names = list(columns)
    wrong = [name for name in names if not isinstance(name, str) or not name.strip()]
    if wrong:
        raise PriceDataError(
            f"columns are named after assets, with text; found {listed(map(repr, wrong))}. "
            "Use .rename(columns=str) or name them"
        )
    if not columns.is_unique:
        twice = list(dict.fromkeys(columns[columns.duplicated()]))
        raise PriceDataError(f"columns that occur more than once: {listed(twice)}")
    return names


def truths(column: pd.Series) -> Mask:
    """Mark the cells of a column that are true or false: Python counts them as 1 and 0."""
    if is_bool_dtype(column.dtype):
        return np.asarray(column.notna(), dtype=bool)
    if is_numeric_dtype(column.dtype):
        return np.zeros(len(column), dtype=bool)
    return np.array([isinstance(cell, bool | np.bool_) for cell in column], dtype=bool)


def _refuse_truths(frame: pd.DataFrame) -> None:
    if all(is_numeric_dtype(dtype) and not is_bool_dtype(dtype) for dtype in set(frame.dtypes)):
        return
    cells = [
        f"{name} on {str(label).removesuffix(' 00:00:00')}: {cell}"
        for name, column in frame.items()
        for label, cell in column[truths(column)].items()
    ]
    if cells:
        raise PriceDataError(
            f"true or false is no price and no return: {listed(cells)}. "
            "Put the number there, leave the cell empty, or drop the column"
        )


def _check_numeric(frame: pd.DataFrame) -> None:
    _refuse_truths(frame)
    dtypes = frame.dtypes.tolist()
    others = {each for each in set(dtypes) if not is_numeric_dtype(each) or is_complex_dtype(each)}
    named = zip(frame.columns, dtypes, strict=True)
    wrong = [f"{name} ({dtype})" for name, dtype in named if dtype in others]
    if wrong:
        raise PriceDataError(
            f"columns that are not numbers: {listed(wrong)}. Convert them with .astype(float)"
        )


def _checked_sessions(index: pd.Index) -> pd.DatetimeIndex:
    """Return an index of dates as naive midnights."""
    dates = index if isinstance(index, pd.DatetimeIndex) else _dates(index)
    if dates.tz is not None:
        raise PriceDataError(
            f"the index has the time zone {dates.tz}; sessions are dates. Use "
            '.tz_convert("the zone of the exchange").tz_localize(None).normalize() on it'
        )
    if dates.hasnans:
        raise PriceDataError(f"{int(dates.isna().sum())} rows have no date (NaT); drop them")
    timed = dates[dates != dates.normalize()]
    if len(timed):
        raise PriceDataError(
            f"sessions are dates, but the index holds times: {listed(timed)}. "
            "Keep one price a day, and use .normalize() on the index; bars of minutes or hours are "
            "for es.load_bars and es.run_minutes (docs/minutes.md)"
        )
    if not dates.is_unique:
        twice = dates[dates.duplicated()].unique().sort_values()
        raise PriceDataError(f"dates that occur more than once: {listed(twice.date)}")
    return pd.DatetimeIndex(dates.as_unit("us"), freq=None, name="session")


def _dates(index: pd.Index) -> pd.DatetimeIndex:
    """Return an index of date objects or ISO text as dates."""
    labels = list(index)
    wrong = [
        label
        for label in labels
        if not isinstance(label, dt.date)
        and not (isinstance(label, str) and ISO_DATE.fullmatch(label))
    ]
    if wrong:
        raise PriceDataError(
            f"the index must hold the dates of sessions; found {listed(map(repr, wrong))}. "
            "Use a DatetimeIndex or text such as 2022-01-13"
        )
    try:
        return pd.DatetimeIndex([pd.Timestamp(label) for label in labels])
    except (ValueError, TypeError) as error:
        raise PriceDataError(f"the index holds what is no date: {error}") from error
