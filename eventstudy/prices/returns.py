"""From prices to returns, and returns that are given as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.arguments import explained_class
from eventstudy.arrays import Array, Dates
from eventstudy.errors import InvalidArgumentError
from eventstudy.prices.clock import Clock, clocks_by_asset
from eventstudy.prices.frames import AssetTable, checked_frame, refuse_cells
from eventstudy.prices.tidy_frames import tidied

Sessions: TypeAlias = Dates | pd.DatetimeIndex


@explained_class
@dataclass(frozen=True, init=False, eq=False, repr=False)
class Returns(AssetTable):
    """Returns as they are: Fama-French factors, excess returns.

    Parameters
    ----------
    frame : DataFrame
        Sessions x assets, fractions (0.01 is one per cent); NaN = no return that day. The
        frame is copied, and rows without any return are left out.
    clocks : mapping of str to Clock, str or None, optional
        When the price that ends each return is struck, ``"18:50 Europe/Moscow"``; an asset
        without a clock has date labels only.

    Raises
    ------
    PriceDataError
        When the frame is not a table of finite numbers by unique dates.
    InvalidArgumentError
        When it is no DataFrame, or a clock cannot be read.
    UnknownNameError
        When a clock belongs to no asset.
    """

    frame: pd.DataFrame
    clocks: Mapping[str, Clock | None]

    def __init__(
        self,
        frame: pd.DataFrame | pd.Series[float],
        clocks: Mapping[str, Clock | str | None] | None = None,
    ) -> None:
        table = checked_frame(tidied(frame).frame)
        refuse_cells(table, np.isinf(table.to_numpy()), "a return is a finite fraction")
        vars(self).update(frame=table, clocks=clocks_by_asset(clocks, list(table.columns)))

    def __repr__(self) -> str:
        sessions = self.frame.index
        return (
            f"Returns ({len(self.assets)} x {len(sessions)} sessions), "
            f"{sessions[0]:%Y-%m-%d} to {sessions[-1]:%Y-%m-%d}"
        )


def simple_returns(prices: Array) -> Array:
    """Return P_t / P_{t-1} - 1.

    Parameters
    ----------
    prices : ndarray, shape (sessions,)
        Prices, greater than zero; NaN = missing.

    Returns
    -------
    ndarray, shape (sessions,)
        Fractions; the first is NaN, and so are those that need a missing price.

    Raises
    ------
    InvalidArgumentError
        When the prices are not one series.
    """
    values = _one_series(prices)
    returns = np.full(values.shape, np.nan)
    returns[1:] = values[1:] / values[:-1] - 1.0
    return returns


def log_returns(prices: Array) -> Array:
    """Return ln P_t - ln P_{t-1}.

    Parameters
    ----------
    prices : ndarray, shape (sessions,)
        Prices, greater than zero; NaN = missing.

    Returns
    -------
    ndarray, shape (sessions,)
        Logarithms; the first is NaN, and so are those that need a missing price.

    Raises
    ------
    InvalidArgumentError
        When the prices are not one series.
    """
    values = _one_series(prices)
    returns = np.full(values.shape, np.nan)
    returns[1:] = np.diff(np.log(values))
    return returns


def session_returns(
    dates: Sessions, prices: Array, kind: Literal["simple", "log"], max_gap: int
) -> Array:
    """Return the daily returns of one asset; a return across a closure is not one of them.

    Parameters
    ----------
    dates : ndarray of datetime64 or DatetimeIndex, shape (sessions,)
        The asset's sessions, ascending. For a factor: the sessions of the asset that it
        explains, so that both returns are over the same days.
    prices : ndarray, shape (sessions,)
        Prices, greater than zero. A missing one (NaN) leaves its own return and the next
        missing: no return is stretched over it.
    kind : {"simple", "log"}
        P_t / P_{t-1} - 1, or ln P_t - ln P_{t-1}.
    max_gap : int
        Calendar days; a longer gap between two sessions is a closure.

    Returns
    -------
    ndarray, shape (sessions,)
        Fractions (logarithms for "log"); NaN at the first session and after a closure.

    Raises
    ------
    InvalidArgumentError
        When the kind is unknown, or there is not one price for each date.
    """
    functions = {"simple": simple_returns, "log": log_returns}
    if kind not in functions:
        raise InvalidArgumentError(f"returns are 'simple' or 'log', not {kind!r}")
    if len(dates) != len(prices):
        raise InvalidArgumentError(f"{len(dates)} dates, but {len(prices)} prices")
    returns = functions[kind](prices)
    returns[1:][_gaps(dates) > max_gap] = np.nan
    return returns


def closures(dates: Sessions, max_gap: int) -> list[tuple[dt.date, dt.date]]:
    """Return the closures in a series of sessions.

    Parameters
    ----------
    dates : ndarray of datetime64 or DatetimeIndex
        Sessions, ascending.
    max_gap : int
        Calendar days; a longer gap between two sessions is a closure.

    Returns
    -------
    list of (date, date)
        The last session before each closure and the first one after it.
    """
    days = np.asarray(dates).astype("datetime64[D]")
    before = np.flatnonzero(_gaps(dates) > max_gap)
    return [(days[i].item(), days[i + 1].item()) for i in before]


def _gaps(dates: Sessions) -> NDArray[np.int64]:
    """Calendar days from each session to the next."""
    days = np.asarray(dates).astype("datetime64[D]", copy=False)
    numbers: NDArray[np.int64] = days.view(np.int64)
    return numbers[1:] - numbers[:-1]


def _one_series(prices: Array) -> Array:
    values: Array = np.asarray(prices, dtype=np.float64)
    if values.ndim != 1:
        raise InvalidArgumentError(f"prices are one series; found {values.ndim} dimensions")
    return values
