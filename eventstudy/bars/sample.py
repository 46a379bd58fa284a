"""Bars carried in the package: January 2022 on the Moscow Exchange."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import NamedTuple

import numpy as np
import pandas as pd

from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.frames import BarTraits, bars_of_frame
from eventstudy.bars.standing import OBSERVED, Standing
from eventstudy.errors import NoSuchSymbolError, nearest


class _Table(NamedTuple):
    """A packaged table: its file, the columns of a series, length, market, and what it is."""

    file: str
    columns: dict[str, str]
    minutes: int
    market: str
    notes: tuple[str, ...]
    standing: Standing = OBSERVED


_DERIVED = (
    "13 January 2022, 14:00 to 18:40 only",
    "observed on the hour, between hours a proxy: four shares with weights fitted on 209 index "
    "hours (R² .93, residual sd .18 %), bent to meet both hourly closes",
)
_IMPLIED = (
    "13 January 2022, 14:00 to 18:40 only",
    "implied, not observed: index over future, set to the ECB reference of that day; ± 0.2 %",
)
_SHARES = ("closes and volumes in lots of ten shares, main and evening session",)
_MINUTE = (
    "13 January 2022: by bars of one minute, not in the package, the first abrupt one was 14:14"
)
_PROXY = Standing(proxy="IMOEX", error=0.0018)
_RUBLE = Standing(implied="index / RTS future", error=0.002)
_DAY, _TEN = "day_20220113_10m.csv", "moex_shares_10m.csv"
_TABLES = {
    "SBER": _Table(
        _TEN, {"close": "SBER", "volume": "SBER_volume"}, 10, "XMOS", (*_SHARES, _MINUTE)
    ),
    "GAZP": _Table(_TEN, {"close": "GAZP", "volume": "GAZP_volume"}, 10, "XMOS", _SHARES),
    "IMOEX": _Table(
        "imoex_60m.csv",
        {"close": "IMOEX", "low": "IMOEX_low", "high": "IMOEX_high"},
        60,
        "XMOS-index",
        ("hourly closes, lows and highs; the last bar of a session ends at 18:50",),
    ),
    "index-proxy": _Table(_DAY, {"close": "index_proxy"}, 10, "XMOS-index", _DERIVED, _PROXY),
    "RTS-future": _Table(_DAY, {"close": "RTS_future"}, 10, "XMOS-derivatives", _DERIVED[:1]),
    "USDRUB-implied": _Table(
        _DAY, {"close": "USDRUB_implied"}, 10, "XMOS-currency", _IMPLIED, _RUBLE
    ),
}
SYMBOLS = tuple(_TABLES)
"""Bars that are in the package."""


def packaged_bars(symbol: str, factor: str = "") -> BarSeries:
    """Return bars that are carried in the package.

    Parameters
    ----------
    symbol : str
        One of `SYMBOLS`.
    factor : str
        Asset whose bars are the benchmark.

    Raises
    ------
    NoSuchSymbolError
        When there are none of that name.
    """
    if symbol not in _TABLES:
        raise NoSuchSymbolError(f"no packaged bars {symbol!r}. {nearest(symbol, SYMBOLS)}")
    table = _TABLES[symbol]
    frame = _columns(table.file)
    ends = pd.DatetimeIndex(np.array(frame["end"], dtype="datetime64[s]"))
    values = {
        name: np.array([float(cell or "nan") for cell in frame[column]])
        for name, column in table.columns.items()
    }
    bars = pd.DataFrame(values, ends.tz_localize("Europe/Moscow"))
    traits = BarTraits(
        table.market,
        "end",
        table.minutes,
        factor,
        "sample",
        symbol,
        "Source: Moscow Exchange",
        "",
        table.notes,
    )
    series = bars_of_frame(bars[bars["close"].notna()], traits)
    return replace(series, standing=table.standing, rolls=())  # the future is one contract


@cache
def _columns(name: str) -> dict[str, list[str]]:
    text = (files("eventstudy.bars") / "data" / name).read_text("utf-8")
    rows = list(csv.DictReader(StringIO(text)))
    return {column: [row[column] for row in rows] for column in rows[0]}
