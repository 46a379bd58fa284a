"""Panels of series with the same sessions, and the episodes of a study on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import eventstudy as es
import eventstudy.inference.average as averages
from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.measured_episodes import measure
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.abnormal.stacked import stack
from eventstudy.design.windows import Episodes, cut_windows
from eventstudy.models.solvers import moments_solver
from eventstudy.settings import Window
from sizepower import series
from sizepower.series import MARKET, history_of

RATES = "ten ECB rates"
MANAGED, FLOATING = "ruble 2009 to 11/2014 (managed)", "ruble 11/2014 to 2/2022"
STOCKS, STOCKS_MEAN = "20 US stocks, market model", "20 US stocks, constant mean"
TEN = ("GBP", "CHF", "PLN", "AUD", "CAD", "JPY", "SEK", "NOK", "EUR", "ZAR")
BASKET = "ecb:basket/USD: NZD SGD HUF CZK KRW DKK"
EMERGING = "ecb:basket/USD: ZAR MXN BRL INR IDR KRW"
FACTOR = "F"
ESTIMATION = (-270, -21)
FIRST = 275
"""First session that may be day 0: the estimation window of each and 250 returns before its
event window are complete."""
SHORT_TERM, LONG_TERM = 20, 250
OPTIONS = es.Options(max_shift=10)

Ints = np.ndarray
NOBODY = np.empty(0, dtype=np.intp)


@cache
def prices(name: str) -> pd.DataFrame:
    """Return the prices of a panel, factor included."""
    if name in (STOCKS, STOCKS_MEAN):
        frame = series.stocks().rename(columns={MARKET: FACTOR})
        return frame if name == STOCKS else frame.drop(columns=FACTOR)
    if name == RATES:
        symbols = {code: f"ecb:{code}/USD" for code in TEN} | {FACTOR: BASKET}
        return es.load_prices(symbols).frame.loc["2003-11-01":"2023-12-31"]
    frame = es.load_prices({"RUB": "ecb:RUB/USD", FACTOR: EMERGING}).frame.dropna()
    first, last = ("2009-01-01", "2014-11-09") if name == MANAGED else ("2014-11-10", "2022-02-25")
    return frame.loc[first:last]


@cache
def _base(name: str) -> PlaceboDays:
    model = es.models.ConstantMean() if name == STOCKS_MEAN else es.models.MarketModel(FACTOR)
    windows = es.Windows(estimation=ESTIMATION, event=(0, 0), car=((0, 0),))
    return history_of(prices(name), model, windows, OPTIONS)


@cache
def panel(name: str, window: Window) -> PlaceboDays:
    """Return the history of a panel for one CAR window, without any event."""
    event = (min(0, window[0]), max(0, window[1]))
    windows = es.Windows(estimation=ESTIMATION, event=event, car=(window,))
    return replace(_base(name), windows=windows)


def sessions(name: str) -> int:
    """Return the number of sessions of a panel."""
    return len(prices(name))


def episodes(
    history: PlaceboDays, asset: str, positions: Ints, events: Ints = NOBODY
) -> AbnormalReturns:
    """Measure episodes of an asset as a study does, all regressions at once from their moments.

    Parameters
    ----------
    history : PlaceboDays
        Series, models, windows and options.
    asset : str
        Name of the asset.
    positions : ndarray of int
        Sessions that are day 0.
    events : ndarray of int
        Days 0 of the study, which leave the estimation windows.

    Raises
    ------
    ValueError
        When one cannot be measured.
    """
    positions = np.asarray(positions, dtype=np.intp)
    members: tuple[tuple[int, ...], ...] = ((),) * len(positions)
    chosen = Episodes(asset, positions, members, np.zeros(len(positions), dtype=np.intp))
    windows, options, data = history.windows, history.options, history.data[asset]
    pieces = cut_windows(data, positions, windows, options, events)
    part = measure(chosen, pieces, history.models[asset], windows, options, moments_solver)
    bad = [reason for reason in part.reasons if reason]
    if bad or not np.isfinite(part.ar).all():
        raise ValueError(f"{asset}: {len(bad)} episodes cannot be measured ({bad[:1]})")
    return part


def on_dates(history: PlaceboDays, positions: Ints) -> AbnormalReturns:
    """Measure all assets at the same positions: rows asset by asset, dates within each."""
    return stack([episodes(history, asset, positions) for asset in history.data])


@cache
def ratios(name: str) -> np.ndarray:
    """Volatility of 20 sessions over that of 250, both ending the session before.

    Standard deviations (ddof 1) of the series' own returns, as fractions.

    Returns
    -------
    ndarray, shape (assets + 1, sessions)
        The last row is of the equally weighted mean of all assets; NaN where too few returns.
    """
    data = _base(name).data
    returns = np.stack([asset.returns for asset in data.values()])
    frame = pd.DataFrame(np.vstack([returns, returns.mean(axis=0)]).T)
    short, long = (frame.rolling(days).std().shift(1) for days in (SHORT_TERM, LONG_TERM))
    return (short / long).to_numpy().T


def thirds(values: np.ndarray) -> np.ndarray:
    """Return 0, 1 or 2, the third in which each value lies among those of its row."""
    cuts = np.quantile(values, [1 / 3, 2 / 3], axis=-1)
    return (values > cuts[0][..., None]).astype(int) + (values > cuts[1][..., None])


def spread_ratio(part: AbnormalReturns, window: Window) -> float:
    """Return the standard deviation (ddof 1) of the abnormal returns of a window over s."""
    scaled = part.ar[:, part.columns(window)] / np.sqrt(part.s2)[:, None]
    return float(scaled.std(ddof=1)) if scaled.size > 1 else float("nan")


@contextmanager
def without_band() -> Iterator[None]:
    """Leave the simultaneous band of means out, where nobody looks at it (20 ms each)."""
    original = averages.simultaneous
    averages.simultaneous = lambda *_: (float("nan"), "none")
    try:
        yield
    finally:
        averages.simultaneous = original


@dataclass(frozen=True, kw_only=True)
class Prepared(PlaceboDays):
    """A history of one asset whose ordinary days, and their scaled CARs, are given.

    Parameters
    ----------
    days : ndarray of int
        Positions of the ordinary days.
    scaled : ndarray
        Their scaled CARs.
    """

    days: Any
    scaled: Any

    def ordinary(self, asset: str) -> Any:  # noqa: ARG002 - of the only asset
        """Return the positions of the ordinary days."""
        return self.days

    def measured(self, asset: str, window: Window, measure: Any) -> Any:  # noqa: ARG002
        """Return the scaled CARs of the ordinary days."""
        return self.scaled
