"""Prices carried in the package, so that the embedded study runs anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from eventstudy.errors import NoSuchSymbolError, nearest
from eventstudy.parsing import packaged_csv
from eventstudy.prices.clock import Clock
from eventstudy.prices.source import PriceSeries

_FILES = {"IMOEX": "imoex_close.csv"}


class Packaged:
    """Daily closes carried in the package; the series has ended and is never continued."""

    name = "sample"
    summary = "closes carried in the package: the Moscow index, January 2020 to February 2022"
    examples: tuple[str, ...] = tuple(_FILES)
    options: tuple[str, ...] = ()

    def load(self, symbol: str, options: Mapping[str, object]) -> PriceSeries:  # noqa: ARG002
        """Return a series carried in the package.

        Parameters
        ----------
        symbol : str
            IMOEX: closing level of the main session of the MOEX Russia Index, index points.
        options : mapping
            None are taken.

        Returns
        -------
        PriceSeries

        Raises
        ------
        NoSuchSymbolError
            When there is no such series.
        """
        if symbol not in _FILES:
            raise NoSuchSymbolError(
                f"the package carries no {symbol!r}. {nearest(symbol, list(_FILES))}"
            )
        return PriceSeries(
            table=_closes(symbol).to_frame("close"),
            source=self.name,
            symbol=symbol,
            clock=Clock("18:50", "Europe/Moscow"),
            quote="index points: up = the index rises",
            attribution="Source: Moscow Exchange",
            ended=True,
        )

    def files(self, symbol: str, options: Mapping[str, object]) -> tuple[Path, ...]:  # noqa: ARG002
        """Return the file of a series; arguments as those of `load`."""
        return (Path(__file__).parent.parent / "data" / _FILES[symbol],)


@cache
def _closes(symbol: str) -> pd.Series[float]:
    rows = packaged_csv(f"prices/data/{_FILES[symbol]}")
    dates = pd.DatetimeIndex([row["date"] for row in rows])
    return pd.Series([float(row["close"]) for row in rows], index=dates)


SAMPLE = Packaged()
