"""What a live source of bars returns, and the checks that its answer must pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from eventstudy.arrays import Ints, Mask
from eventstudy.errors import NoPricesError, PriceDataError
from eventstudy.prices.frames import listed, truths

PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")
_NAMED = 20


@dataclass(frozen=True, eq=False)
class Candles:
    """Bars as a live source sent them.

    Parameters
    ----------
    table : DataFrame
        One row for each bar, ascending: begin and end (seconds since 1970 UTC), close, and the
        other columns of `COLUMNS` that the source has.
    length : int
        Seconds of a bar.
    market : str
        Whose hours hold; empty when the source does not tell.
    attribution : str
        How the source wants to be named.
    notes : tuple of str
        What a reader must know.
    versions : mapping of str to str
        Libraries that fetched it.
    """

    table: pd.DataFrame
    length: int
    market: str
    attribution: str
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def moments(seconds: Ints) -> str:
    """Write moments as text, at most twenty of them."""
    return listed(str(np.datetime64(int(one), "s")).replace("T", " ") + "Z" for one in seconds)


def one_row_a_bar(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return rows by their begin, without those that repeat another one.

    Raises
    ------
    PriceDataError
        When two rows of one bar differ.
    """
    table = table.sort_values("begin", kind="stable").reset_index(drop=True)
    kept = table[~table.duplicated().to_numpy()].reset_index(drop=True)
    twice = kept["begin"][kept["begin"].duplicated()]
    if len(twice):
        shown = moments(twice.to_numpy()[:_NAMED])
        raise PriceDataError(f"it sent different rows for the same bar: {shown}")
    lost = len(table) - len(kept)
    return kept, (f"{lost} rows sent twice, one copy of each kept",) if lost else ()


def checked_candles(candles: Candles, start: dt.date, end: dt.date) -> Candles:
    """Return candles that keep their contract.

    Parameters
    ----------
    candles : Candles
        What was sent.
    start, end : date
        The days asked for, both included; a day on either side may belong to another zone.

    Raises
    ------
    NoPricesError
        When there is none.
    PriceDataError
        When they break the contract; the moments are named.
    """
    table = candles.table
    if table.empty:
        raise NoPricesError(f"it has no bar from {start} to {end}")
    begin, finish = table["begin"].to_numpy(), table["end"].to_numpy()
    low = (np.datetime64(start, "s") - np.timedelta64(1, "D")).astype(np.int64)
    high = (np.datetime64(end, "s") + np.timedelta64(2, "D")).astype(np.int64)
    wrong: dict[str, Mask] = {
        "not ascending": np.r_[False, begin[1:] <= begin[:-1]],
        "that overlap the bar before": np.r_[False, begin[1:] < finish[:-1]],
        "longer than they should be, or without length": (finish <= begin)
        | (finish - begin > candles.length),
        f"that do not begin on a bar of {candles.length // 60} minutes": (begin % 60 != 0)
        | (begin % min(candles.length, 3600) % 300 != 0) & (candles.length >= 300),
        f"outside {start} to {end}": (begin < low) | (begin >= high),
    }
    for name in (column for column in COLUMNS if column in table):
        wrong |= _wrong_values(table[name], name)
    faults = [
        f"bars {what}: {moments(begin[bad][:_NAMED])}" for what, bad in wrong.items() if bad.any()
    ]
    if faults:
        raise PriceDataError("its delivery is malformed; " + "; ".join(faults))
    return candles


def _wrong_values(column: pd.Series[float], name: str) -> dict[str, Mask]:
    if (bad := truths(column)).any():
        return {f"whose {name} is true or false, which is no number": bad}
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if name == "volume":
        return {"whose volume is negative or no number": ~(np.isfinite(values) & (values >= 0))}
    return {
        f"whose {name} is not finite and greater than zero": ~(np.isfinite(values) & (values > 0))
    }
