"""Bars carried in the package: January 2022 on the Moscow Exchange."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.frames import BarTraits, bars_of_frame
from eventstudy.bars.standing import Standing
from eventstudy.errors import NoSuchSymbolError, nearest
from eventstudy.parsing import packaged_csv, packaged_toml

_TABLES: dict[str, dict[str, Any]] = packaged_toml("bars/data/packaged.toml")
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
    frame = _columns(table["file"])
    ends = pd.DatetimeIndex(np.array(frame["end"], dtype="datetime64[s]"))
    values = {
        name: np.array([float(cell or "nan") for cell in frame[column]])
        for name, column in table["columns"].items()
    }
    bars = pd.DataFrame(values, ends.tz_localize("Europe/Moscow"))
    traits = BarTraits(
        market=table["market"],
        label="end",
        minutes=table["minutes"],
        factor=factor,
        source="sample",
        symbol=symbol,
        attribution="Source: Moscow Exchange",
        notes=tuple(table["notes"]),
    )
    series = bars_of_frame(bars[bars["close"].notna()], traits)
    standing = Standing(**table.get("standing", {}))
    return replace(series, standing=standing, rolls=())  # the future is one contract


@cache
def _columns(name: str) -> dict[str, list[str]]:
    rows = packaged_csv(f"bars/data/{name}")
    return {column: [row[column] for row in rows] for column in rows[0]}
