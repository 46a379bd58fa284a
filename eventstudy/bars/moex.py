"""Candles of the Moscow Exchange, from its information server (ISS), with apimoex."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.bars.clocks import SECONDS
from eventstudy.bars.source import Candles, one_row_a_bar
from eventstudy.errors import InvalidArgumentError, NoPricesError, PriceDataError
from eventstudy.moment import machine_now
from eventstudy.parsing import packaged_toml
from eventstudy.prices.network.limits import RequestLimits
from eventstudy.prices.sources.moex import ADDRESS, ALIASES, MOEX, board_of, nothing_of, page_of

if TYPE_CHECKING:
    from eventstudy.prices.network.session import GuardedSession

INTERVALS = (1, 10, 60)
"""Minutes of a candle that ISS has."""
_MARKETS: dict[str, str] = packaged_toml("bars/data/markets.toml")["moex"]
_COLUMNS = ("begin", "end", "open", "high", "low", "close", "volume")
_MOSCOW = "Europe/Moscow"
_MOST_A_DAY = 24 * 60
_SETTLES = 60
"""Seconds after which a candle is taken to be final."""


class MoexBars:
    """Candles of 1, 10 and 60 minutes of indices, shares, futures and currencies.

    Parameters
    ----------
    limits : RequestLimits
        Limits of the requests.
    page_pause : float
        Seconds between two pages.
    now : callable
        The present, in UTC: a candle that is not over is left out.
    """

    name = "moex"
    pause = 0.5

    def __init__(
        self,
        limits: RequestLimits = RequestLimits(("iss.moex.com",), total=600.0),  # noqa: B008
        page_pause: float = 0.1,
        now: Callable[[], dt.datetime] = machine_now,
    ) -> None:
        self.limits, self.page_pause, self.now = limits, page_pause, now

    def check(self, symbol: str, options: Mapping[str, Any]) -> None:
        """Refuse a symbol or an option that cannot be right, without the network.

        Raises
        ------
        NoSuchSymbolError, InvalidArgumentError
            When it cannot be right.
        """
        if (minutes := options.get("minutes", 10)) not in INTERVALS:
            raise InvalidArgumentError(f"moex has bars of 1, 10 and 60 minutes, not of {minutes}")
        MOEX.check(symbol, _where(options))

    def fetch(
        self, symbol: str, options: Mapping[str, Any], start: dt.date, end: dt.date
    ) -> Candles:
        """Fetch the candles of a span of days, both included, in one attempt.

        Raises
        ------
        PriceError
            One of its children, typed by what went wrong.
        """
        self.check(symbol, options)
        from eventstudy.prices.network.session import GuardedSession

        named = ALIASES.get(symbol, symbol)
        board = board_of(named, _where(options))
        place = f"engines/{board.engine}/markets/{board.market}/boards/{board.board}"
        url = f"{ADDRESS}/{place}/securities/{named}/candles.json"
        minutes = int(options.get("minutes", 10))
        with GuardedSession(self.limits) as session:
            rows = self._rows(session, url, minutes, (start, end))
            if not rows:
                raise nothing_of(session, named, f"no bar of it from {start} to {end}")
        table, notes = _table(rows, 60 * minutes)
        table, live = self._final(table)
        market = _MARKETS.get(f"{board.engine} {board.market}", "")
        said = ("Source: Moscow Exchange", (*notes, *live), {"apimoex": version("apimoex")})
        return Candles(table, 60 * minutes, market, *said)

    def _rows(
        self, session: GuardedSession, url: str, minutes: int, span: tuple[dt.date, dt.date]
    ) -> list[dict[str, Any]]:
        """Return the rows of all pages: ISS has no count of them, an empty page is the end."""
        from apimoex import ISSClient

        start, end = span
        query: dict[str, str | int] = {
            "iss.only": "candles",
            "candles.columns": ",".join(_COLUMNS),
            "interval": minutes,
            "from": start.isoformat(),
            "till": end.isoformat(),
        }
        client, rows = ISSClient(session, url, query), list[dict[str, Any]]()
        most = ((end - start).days + 1) * _MOST_A_DAY // minutes + 1
        while page := page_of(client, len(rows), "candles", lambda _answer: None)[0]:
            begins = [str(row.get("begin")) for row in (*rows[-1:], *page)]
            if any(later <= earlier for earlier, later in pairwise(begins)):
                raise PriceDataError(f"its pages repeat rows or go backwards, from {begins[0]}")
            rows += page
            if len(rows) > most:
                raise PriceDataError(f"it sent {len(rows)} bars for {(end - start).days + 1} days")
            time.sleep(self.page_pause)
        return rows

    def _final(self, table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Leave out candles that are not over: their close is not final."""
        over = table["end"].to_numpy() + _SETTLES <= int(self.now().timestamp())
        if over.all():
            return table, ()
        lost = int((~over).sum())
        if not over.any():
            raise NoPricesError("none of its bars is over")
        return table[over], (f"{lost} bars left out that were not over when it was asked",)


def _where(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that say where a symbol is traded."""
    return {key: options[key] for key in ("engine", "board") if key in options}


def _table(rows: list[dict[str, Any]], length: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return rows as a table with begin and end in seconds of UTC."""
    frame = pd.DataFrame(rows)
    if missing := [name for name in _COLUMNS if name not in frame and name != "volume"]:
        raise PriceDataError(f"its rows have no {', '.join(missing)}")
    begin, end = (_seconds(frame[name], name) for name in ("begin", "end"))
    end = -(-end // SECONDS["m"]) * SECONDS["m"]  # "14:09:59" is the end of that minute
    values = {name: frame[name] for name in _COLUMNS[2:] if name in frame}
    table = pd.DataFrame({"begin": begin, "end": np.minimum(end, begin + length), **values})
    return one_row_a_bar(table)


def _seconds(column: pd.Series[str], name: str) -> np.ndarray:
    """Return moments of Moscow as seconds of UTC."""
    try:
        there = pd.DatetimeIndex(pd.to_datetime(column, format="%Y-%m-%d %H:%M:%S"))
        utc = there.tz_localize(_MOSCOW).tz_convert(None)
    except (ValueError, TypeError) as error:
        raise PriceDataError(f"its {name} holds what is no moment: {error}") from error
    if utc.isna().any():
        raise PriceDataError(f"its {name} has a moment that is missing")
    seconds: np.ndarray = utc.to_numpy().astype("datetime64[s]").astype(np.int64)
    return seconds


MOEX_BARS = MoexBars()
