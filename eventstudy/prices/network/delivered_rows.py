"""Checks of the rows that a live source was sent, and notes on those it leaves out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from eventstudy.errors import NoPricesError, PriceDataError
from eventstudy.prices.frames import listed, not_prices, truths
from eventstudy.prices.quality.spacing import far_apart
from eventstudy.prices.source import PriceSeries
from eventstudy.words.numbers import count

_POSITIVE = ("close", "adjusted", "split")
_NOT_NEGATIVE = ("volume", "dividend")


def days(labels: Iterable[dt.date]) -> str:
    """Write dates as text, at most twenty of them."""
    return listed(f"{day:%Y-%m-%d}" for day in labels)


def quote_words(unit: str, base: str) -> str:
    """Say which way an exchange rate is quoted: units for one of the base."""
    names = {"RUB": "the ruble", "USD": "the dollar", "EUR": "the euro"}
    return f"{unit} per {base}: up = {names.get(unit, unit)} weakens"


def one_row_a_day(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table sorted by session, without rows that repeat another one.

    Parameters
    ----------
    table : DataFrame
        Rows as they were sent, by session, with the column ``close``.

    Returns
    -------
    DataFrame
    tuple of str
        A note when rows were left out.

    Raises
    ------
    PriceDataError
        When two rows of one day differ.
    """
    table = table.sort_index(kind="stable")
    same = table.index.to_series().astype("int64").reset_index(drop=True)
    bare = table.reset_index(drop=True).assign(_day=same.to_numpy())
    kept = table[~bare.duplicated().to_numpy()]
    twice = kept.index[kept.index.duplicated()].unique()
    if len(twice):
        raise PriceDataError(f"it sent different rows for the same day: {days(twice)}")
    repeated = len(table) - len(kept)
    note = (f"{count(repeated, 'row')} sent twice, one copy of each kept",) if repeated else ()
    return kept, note


def without(table: pd.DataFrame, bad: pd.Series[bool], why: str) -> tuple[pd.DataFrame, list[str]]:
    """Return a table without rows that hold no price, and a note that counts and names them."""
    left_out = table.index[bad.to_numpy()]
    if not len(left_out):
        return table, []
    note = f"{count(len(left_out), 'row')} left out, {why}: {days(left_out)}"
    return table[~bad.to_numpy()], [note]


def refuse_outside(sessions: Iterable[pd.Timestamp], start: dt.date, end: dt.date) -> None:
    """Raise an error when a source sent days that it was not asked for.

    A wrong date is a wrong date: what it should have been is not known.
    """
    other = [day for day in sessions if not pd.Timestamp(start) <= day <= pd.Timestamp(end)]
    if other:
        raise PriceDataError(f"it sent days outside {start} to {end}: {days(other)}")


def within_span(table: pd.DataFrame, start: dt.date, end: dt.date) -> pd.DataFrame:
    """Return the rows from the first to the last day, both included."""
    there = (table.index >= pd.Timestamp(start)) & (table.index <= pd.Timestamp(end))
    return table[there]


def checked(series: PriceSeries, start: dt.date, end: dt.date) -> PriceSeries:
    """Return a delivery of a live source that keeps its contract.

    Parameters
    ----------
    series : PriceSeries
        The delivery.
    start, end : datetime.date
        The span asked for, both ends included.

    Returns
    -------
    PriceSeries
        The same one.

    Raises
    ------
    NoPricesError
        When it is empty.
    PriceDataError
        When it breaks the contract; the dates are named.
    """
    sessions, table = series.prices.index, series.table
    if table.empty:
        raise NoPricesError(f"it has no price from {start} to {end}")
    if not isinstance(sessions, pd.DatetimeIndex) or sessions.tz is not None:
        raise PriceDataError("its sessions are not dates without a time zone")
    wrong = {
        "not plain dates": sessions != sessions.normalize(),
        "occur twice": sessions.duplicated(),
        "not ascending": np.r_[False, sessions[1:] < sessions[:-1]],
        f"outside {start} to {end}": (sessions < pd.Timestamp(start))
        | (sessions > pd.Timestamp(end)),
    }
    for column in table.columns:
        wrong |= _wrong_values(table[column])
    faults = [f"{what}: {days(sessions[bad])}" for what, bad in wrong.items() if bad.any()]
    if faults:
        raise PriceDataError("its delivery is malformed; " + "; ".join(faults))
    if coarse := far_apart(sessions.to_numpy()):
        raise PriceDataError(coarse)
    return series


def _wrong_values(column: pd.Series[float]) -> dict[str, np.ndarray]:
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    name = str(column.name)
    if (bad := truths(column)).any():
        return {f"{name} true or false, which is no number": bad}
    if name in _POSITIVE:
        bad = np.isnan(values) | not_prices(values)
        return {f"{name} not finite and greater than zero": bad}
    if name in _NOT_NEGATIVE:
        good = np.isnan(values) & column.isna().to_numpy() | np.isfinite(values) & (values >= 0)
        return {f"{name} negative or not finite": ~good}
    return {}
