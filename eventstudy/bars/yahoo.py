"""Intraday bars of Yahoo Finance, through yfinance; it keeps minutes of the last weeks alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.bars.source import Candles, one_row_a_bar
from eventstudy.errors import InvalidArgumentError, NoPricesError, PriceDataError
from eventstudy.moment import machine_now
from eventstudy.parsing import packaged_toml
from eventstudy.prices.network.limits import RequestLimits
from eventstudy.prices.sources import yahoo

REACH = {1: 7, 2: 59, 5: 59, 15: 59, 30: 59, 60: 729}
"""Days that Yahoo gives at once, by the minutes of a bar; of one minute it keeps thirty."""
_MARKETS = {
    code: market
    for market, codes in packaged_toml("bars/data/markets.toml")["yahoo"].items()
    for code in codes.split()
}
_PAIR = re.compile(r"([A-Z]{3})?([A-Z]{3})=X")
_COLUMNS = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume"}
_SETTLES = 60


class YahooBars:
    """Bars of 1, 2, 5, 15, 30 and 60 minutes.

    Parameters
    ----------
    limits : RequestLimits
        Limits of the requests.
    now : callable
        The present, in UTC: a bar that is not over is left out.
    """

    name = "yahoo"
    pause = 1.0

    def __init__(
        self,
        limits: RequestLimits = RequestLimits((".yahoo.com",)),  # noqa: B008 - frozen
        now: Callable[[], dt.datetime] = machine_now,
    ) -> None:
        self.limits, self.now = limits, now

    def check(self, symbol: str, options: Mapping[str, Any]) -> None:
        """Refuse a symbol or an option that cannot be right, without the network.

        Raises
        ------
        NoSuchSymbolError, InvalidArgumentError
            When it cannot be right.
        """
        if (minutes := options.get("minutes", 60)) not in REACH:
            shown = ", ".join(map(str, REACH))
            raise InvalidArgumentError(f"yahoo has bars of {shown} minutes, not of {minutes}")
        yahoo.YAHOO.check(symbol, {})

    def fetch(
        self, symbol: str, options: Mapping[str, Any], start: dt.date, end: dt.date
    ) -> Candles:
        """Fetch the bars of a span of days, both included, in one attempt.

        Raises
        ------
        PriceError
            One of its children, typed by what went wrong.
        """
        self.check(symbol, options)
        from eventstudy.prices.sources.yahoo_session import YahooSession

        minutes = int(options.get("minutes", 60))
        first = max(start, end - dt.timedelta(days=REACH[minutes]))
        interval = "60m" if minutes == 60 else f"{minutes}m"
        spacings = ("1h", "60m") if minutes == 60 else (interval,)
        with yahoo.ONE_AT_A_TIME, yahoo.quiet_yfinance(), YahooSession(self.limits) as session:
            frame = yahoo.history(session, symbol, first, end + dt.timedelta(days=1), interval)
            meta = yahoo.chart_meta(session.chart, symbol, spacings)
            _refuse_conflicts(session.chart)
        table, notes = _table(frame, 60 * minutes)
        over = table["end"].to_numpy() + _SETTLES <= int(self.now().timestamp())
        if not over.any():
            raise NoPricesError(f"it has no bar that is over from {first} to {end}")
        if first > start:
            reach = f"of {minutes} minutes, Yahoo gives the last {REACH[minutes]} days at once"
            notes = (*notes, f"bars from {first} on, not from {start}: {reach}")
        if not over.all():
            notes = (*notes, f"{int((~over).sum())} bars left out that were not over")
        market = "FX" if _PAIR.fullmatch(symbol.upper()) else ""
        market = market or _MARKETS.get(str(meta.get("exchangeName", "")), "")
        versions = {"yfinance": version("yfinance"), "curl_cffi": version("curl_cffi")}
        source = "Source: Yahoo Finance"
        return Candles(table[over], 60 * minutes, market, source, notes, versions)


def _refuse_conflicts(chart: Mapping[str, Any] | None) -> None:
    """Refuse rows of one moment with different closes: yfinance would keep one in silence."""
    try:
        sent = (chart or {})["chart"]["result"][0]
        closes = sent["indicators"]["quote"][0]["close"]
        rows = pd.DataFrame({"begin": sent.get("timestamp", []), "close": closes})
    except (LookupError, TypeError, ValueError) as error:
        raise PriceDataError("its chart is of another form") from error
    if not rows["begin"].is_monotonic_increasing:
        raise PriceDataError("its bars are not in order of time")
    one_row_a_bar(rows)


def _table(frame: pd.DataFrame, length: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return yfinance's table with begin and end in seconds of UTC."""
    if frame.empty:
        raise NoPricesError("it sent no rows for the span")
    if not isinstance(frame.index, pd.DatetimeIndex) or frame.index.tz is None:
        raise PriceDataError("its bars have no time zone")
    utc = frame.index.tz_convert("UTC").tz_localize(None)
    begin = utc.to_numpy().astype("datetime64[s]").astype(np.int64)
    table = frame[list(_COLUMNS)].rename(columns=_COLUMNS).astype(float).reset_index(drop=True)
    table = table.assign(begin=begin, end=begin + length)
    there = table["close"].notna().to_numpy()
    on = begin % 60 == 0
    notes = []
    if not there.all():
        notes.append(f"{int((~there).sum())} bars without a price left out")
    if not on[there].all():
        notes.append("the last trade, which Yahoo sends as a bar of its own, left out")
        late = np.flatnonzero(~on & there)
        if len(late) > 1 or late[0] != len(on) - 1:
            raise PriceDataError("it sent bars that do not begin on a minute")
    kept, repeats = one_row_a_bar(table[there & on])
    if kept.empty:
        raise NoPricesError(f"none of its {len(frame)} rows holds a price")
    if (kept["volume"].fillna(0) == 0).all():
        kept = kept.drop(columns="volume")
    return kept, (*notes, *repeats)


YAHOO_BARS = YahooBars()
