"""Made-up prices for benchmarks/scale.py; needs numpy and pandas alone, so peers can read it."""

from __future__ import annotations

import numpy as np
import pandas as pd

APART = 21
STOCKS, MANY = 20, 20_000
SESSIONS, GAPS, LATE = 6_300, 0.01, 0.3
"""Of a large panel: its sessions, the share of prices that lack, the share listed late."""


def market(observations: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return prices of a market and its stocks, and the sessions of the events.

    Up to 20,000: 20 stocks, complete, dates 21 sessions apart. More: 200 dates of 6,300 sessions,
    with gaps and late listings.
    """
    rng = np.random.default_rng(1)
    if observations > MANY:
        return _large(observations // 200, rng)
    dates = max(observations // STOCKS, 1)
    sessions = pd.bdate_range("1925-01-01", periods=280 + APART * dates + 20)
    frame = _prices(sessions, STOCKS, rng)
    return frame, 280 + APART * np.arange(dates)


def _prices(sessions: pd.DatetimeIndex, stocks: int, rng: np.random.Generator) -> pd.DataFrame:
    common = rng.normal(0.0003, 0.01, (len(sessions), 1))
    prices = np.empty((len(sessions), 1 + stocks))
    prices[:, :1] = common
    for first in range(1, 1 + stocks, 100):
        columns = slice(first, min(first + 100, 1 + stocks))
        shape = (len(sessions), columns.stop - columns.start)
        prices[:, columns] = common + rng.normal(0, 0.012, shape)
    np.exp(np.cumsum(prices, axis=0, out=prices), out=prices)
    return pd.DataFrame(prices, sessions, ["MKT", *(f"S{place:04d}" for place in range(stocks))])


def _large(stocks: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    frame = _prices(pd.bdate_range("2000-01-03", periods=SESSIONS), stocks, rng)
    values = frame.to_numpy(copy=True)
    for column in range(1, 1 + stocks):
        values[rng.random(SESSIONS) < GAPS, column] = np.nan
        if rng.random() < LATE:
            values[: rng.integers(0, SESSIONS // 2), column] = np.nan
    days = 300 + 29 * np.arange(200)
    return pd.DataFrame(values, frame.index, frame.columns), days
