"""How far apart the sessions of a series are: a study needs daily prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.arrays import Dates
from eventstudy.errors import PriceDataError

NOT_DAILY = 5
"""Calendar days from one session to the next, in the median, from which prices are not daily."""
MONTHLY = 20
"""The same, from which they are called monthly."""
ALIKE = 0.2
"""Part of the median by which a gap may differ from it: prices of weeks and months are regular."""
SHARE = 0.8
"""Part of the gaps that are so near to the median; a stock that is seldom traded has fewer."""
FEWEST = 10
"""Fewest gaps of a series that is judged."""


def far_apart(sessions: Dates) -> str:
    """Say that prices are not daily, and how far apart they are.

    The days from one session to the next are judged over the whole series: neither holidays nor
    suspensions, nor a stock that is traded now and then, make prices weekly.

    Parameters
    ----------
    sessions : ndarray of datetime64
        Days with a price, ascending.

    Returns
    -------
    str
        Empty when the prices are daily, or too few to be judged.
    """
    gaps = np.diff(sessions.astype("datetime64[D]")).astype(np.int64)
    if len(gaps) < FEWEST:
        return ""
    median = float(np.median(gaps))
    alike = np.abs(gaps - median) <= ALIKE * median
    if median < NOT_DAILY or alike.mean() < SHARE:
        return ""
    apart = "a month" if MONTHLY <= median <= 2 * MONTHLY else f"{median:g} days"
    if round(median) == 7:
        apart = "a week"
    return (
        f"its prices are {apart} apart ({len(sessions)} sessions, {median:g} days from one to the "
        "next in the median); daily ones are needed"
    )


def refuse_far_apart(prices: pd.Series[float], symbol: str) -> None:
    """Raise an error when prices that should be daily are not.

    Raises
    ------
    PriceDataError
        It names the series and how far apart its prices are.
    """
    if text := far_apart(prices.index.to_numpy()):
        raise PriceDataError(f"{symbol}: {text}. Give a price for each session")
