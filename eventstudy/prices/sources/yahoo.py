"""Daily prices of Yahoo Finance, through yfinance."""

from __future__ import annotations

import datetime as dt
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from eventstudy.errors import (
    NoPricesError,
    NoSuchSymbolError,
    PriceDataError,
    PriceError,
    RateLimitedError,
    UnreachableError,
)
from eventstudy.moment import machine_now
from eventstudy.prices.network import delivered_rows as delivered
from eventstudy.prices.network.limits import RequestLimits
from eventstudy.prices.source import PriceSeries
from eventstudy.prices.sources.yahoo_exchanges import LONDON_MIDNIGHT, exchange_clock

if TYPE_CHECKING:
    from eventstudy.prices.clock import Clock
    from eventstudy.prices.sources.yahoo_session import YahooSession

_SYMBOL = re.compile(r"[A-Za-z0-9^][A-Za-z0-9.^=_-]{0,31}")
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_PAIR = re.compile(r"([A-Z]{3})?([A-Z]{3})=X")
_MARGIN = dt.timedelta(days=2)
_PAIR_MARGIN = dt.timedelta(days=14)
_SETTLES = pd.Timedelta(minutes=30)
_SUNDAY, _FRIDAY = 6, 4
_COLUMNS = {"Close": "close", "Adj Close": "adjusted", "Volume": "volume"}
_CHANGES = ("prepost", "auto_adjust", "back_adjust", "repair", "rounding")
"""What yfinance would change of the rows that Yahoo sends, or add to them."""
ONE_AT_A_TIME = threading.Lock()
"""yfinance keeps its session, its cookies and its settings for the whole process."""


class Yahoo:
    """Closes, adjusted closes, volumes, dividends and splits of Yahoo Finance.

    Parameters
    ----------
    limits : RequestLimits
        Limits of the requests.
    now : callable
        The present, in UTC: a row of today is a live price until the close.
    """

    name = "yahoo"
    summary = "Yahoo Finance: shares, indices and currencies of the world (through yfinance)"
    examples: tuple[str, ...] = ("AAPL", "^GSPC", "SAP.DE", "RUB=X")
    options: tuple[str, ...] = ()
    pause = 1.0

    def __init__(
        self,
        limits: RequestLimits = RequestLimits((".yahoo.com",)),  # noqa: B008 - frozen
        now: Callable[[], dt.datetime] = machine_now,
    ) -> None:
        self.limits = limits
        self.now = now

    def check(self, symbol: str, options: Mapping[str, object]) -> None:  # noqa: ARG002
        """Refuse a symbol that cannot be right, without the network.

        Parameters
        ----------
        symbol : str
            Yahoo's: ``"AAPL"``, ``"^GSPC"``, ``"SAP.DE"``, ``"RUB=X"``.
        options : mapping
            None are taken.

        Raises
        ------
        NoSuchSymbolError
            When it has characters that no symbol has, or is an ISIN.
        """
        if not _SYMBOL.fullmatch(symbol):
            raise NoSuchSymbolError(
                f"yahoo: {symbol!r} is no symbol; write letters, digits and . ^ = _ - only, "
                "as in ^GSPC"
            )
        if _ISIN.fullmatch(symbol.upper()):
            raise NoSuchSymbolError(f"yahoo: {symbol!r} is an ISIN; give Yahoo's ticker")

    def fetch(
        self, symbol: str, options: Mapping[str, object], start: dt.date, end: dt.date
    ) -> PriceSeries:
        """Fetch a span of sessions, both ends included, in one attempt.

        Raises
        ------
        PriceError
            One of its children, typed by what went wrong.
        """
        self.check(symbol, options)
        from eventstudy.prices.sources.yahoo_session import YahooSession

        pair = _PAIR.fullmatch(symbol.upper())
        margin = _PAIR_MARGIN if pair else _MARGIN
        with ONE_AT_A_TIME, quiet_yfinance(), YahooSession(self.limits) as session:
            frame = history(session, symbol, start - margin, end + _MARGIN)
            meta = chart_meta(session.chart, symbol)
        _refuse_conflicts(session.chart, str(meta["exchangeTimezoneName"]))
        table, notes = _table(frame)
        delivered.refuse_outside(table.index[:-1], start - margin - _MARGIN, end + 2 * _MARGIN)
        clock, about = (LONDON_MIDNIGHT, []) if pair else exchange_clock(meta)
        if pair:
            table, moved = _right_sessions(table)
            notes += [*moved, *_not_the_start(frame)]
        table, live = self._without_live(table, clock, str(meta["exchangeTimezoneName"]))
        table = delivered.within_span(table, start, end)
        if table.empty:
            raise NoPricesError(f"it has no price from {start} to {end}")
        unit = str(meta.get("currency") or "")
        return PriceSeries(
            table=table,
            source=self.name,
            symbol=symbol,
            clock=clock,
            currency="index points" if meta.get("instrumentType") == "INDEX" else unit,
            quote=_quote(pair, meta, unit),
            attribution="Source: Yahoo Finance",
            ended=symbol.upper().endswith(".ME"),
            arguments={"interval": "1d", "auto_adjust": "false", "repair": "false"},
            versions={"yfinance": version("yfinance"), "curl_cffi": version("curl_cffi")},
            notes=(*about, *notes, *live),
        )

    def _without_live(
        self, table: pd.DataFrame, clock: Clock | None, zone: str
    ) -> tuple[pd.DataFrame, list[str]]:
        """Leave out a row of today, which holds the last trade and not a close."""
        now = pd.Timestamp(self.now())
        open_still = pd.Series(table.index >= now.tz_convert(zone).tz_localize(None).normalize())
        if clock is not None and clock != LONDON_MIDNIGHT:
            open_still = pd.Series(clock.struck(pd.DatetimeIndex(table.index)) + _SETTLES > now)
        return delivered.without(table, open_still, "the day is not over")


@contextmanager
def quiet_yfinance() -> Iterator[None]:
    """Make yfinance raise its errors, forget its answers, and keep silent.

    Its settings and its session, which belong to the whole process, are put back. It gets no
    folder for its databases: a path below a file is one in which none can be made.
    """
    with warnings.catch_warnings():
        import yfinance as yf  # puts a filter of warnings before all others
        from yfinance.data import YfData

        warnings.simplefilter("ignore")
        yf.set_tz_cache_location(str(Path(__file__) / "none"))
        logger, held = logging.getLogger("yfinance"), YfData()._session
        hidden, level = yf.config.debug.hide_exceptions, logger.level
        yf.config.debug.hide_exceptions = False
        logger.setLevel(logging.CRITICAL)
        YfData.cache_get.cache_clear()
        try:
            yield
        finally:
            YfData(session=held)
            yf.config.debug.hide_exceptions = hidden
            logger.setLevel(level)


def history(
    session: YahooSession, symbol: str, start: dt.date, end: dt.date, interval: str = "1d"
) -> pd.DataFrame:
    """Return yfinance's table; translate what it raises."""
    import yfinance as yf
    from yfinance.exceptions import (
        YFDataException,
        YFPricesMissingError,
        YFRateLimitError,
        YFTickerMissingError,
    )

    try:
        ticker = yf.Ticker(symbol, session=session)
        ticker._tz = "UTC"  # the span is cut to the exchange's days below: saves a request
        frame: pd.DataFrame = ticker.history(
            interval=interval,
            start=start.isoformat(),
            end=end.isoformat(),
            actions=True,
            keepna=True,
            timeout=session.seconds,
            **dict.fromkeys(_CHANGES, False),
        )
    except PriceError:
        raise
    except YFRateLimitError as error:
        raise RateLimitedError("it refuses more requests for now") from error
    except YFPricesMissingError as error:
        raise NoPricesError(f"it has no price from {start} to {end}") from error
    except YFTickerMissingError as error:
        raise NoSuchSymbolError(f"it knows no {symbol}") from error
    except (YFDataException, OSError) as error:
        raise UnreachableError(f"it cannot be reached ({type(error).__name__})") from error
    except Exception as error:  # whatever else yfinance lets out: ValueError, KeyError, ...
        kind = type(error).__name__
        raise PriceDataError(
            f"its answer is of a form that yfinance cannot read ({kind})"
        ) from error
    return frame


def chart_meta(
    chart: Mapping[str, Any] | None, symbol: str, spacings: tuple[str, ...] = ("1d",)
) -> Mapping[str, Any]:
    """Return what Yahoo says of the series; refuse another series than the one asked for."""
    try:
        meta: Mapping[str, Any] = (chart or {})["chart"]["result"][0]["meta"]
        answered, zone = str(meta["symbol"]), str(meta["exchangeTimezoneName"])
        spacing = str(meta.get("dataGranularity", spacings[0]))
        ZoneInfo(zone)
    except (LookupError, TypeError, ValueError) as error:
        raise PriceDataError("its answer does not say which series or time zone it is") from error
    if answered.casefold() != symbol.casefold():
        raise PriceDataError(f"it answered with another series: {answered}")
    if spacing not in spacings:
        needed = "daily ones are" if spacings == ("1d",) else f"{spacings[0]} is"
        raise PriceDataError(f"it answered with rows of {spacing}; {needed} needed")
    return meta


def _refuse_conflicts(chart: Mapping[str, Any] | None, zone: str) -> None:
    """Refuse rows of one day with different closes: yfinance would keep one in silence.

    The last row is excepted: Yahoo repeats the last day with the latest trade.
    """
    sent = (chart or {})["chart"]["result"][0]
    instants = pd.to_datetime(pd.Series(sent["timestamp"], dtype="int64"), unit="s", utc=True)
    local = (instants.dt.tz_convert(zone) + pd.Timedelta(hours=2)).dt.date
    closes = pd.Series(sent["indicators"]["quote"][0]["close"], dtype="float64")
    rows = pd.DataFrame({"day": local, "close": closes}).iloc[instants.argsort()]
    if len(rows) > 1 and rows["day"].iloc[-1] == rows["day"].iloc[-2]:
        rows = rows.iloc[:-1]
    rows = rows.drop_duplicates()
    twice = rows["day"][rows["day"].duplicated()]
    if len(twice):
        raise PriceDataError(f"it sent different rows for the same day: {delivered.days(twice)}")


def _table(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows with a price by plain dates, and notes about the others."""
    if frame.empty:
        raise NoPricesError("it sent no rows for the span")
    index = pd.DatetimeIndex(frame.index).tz_localize(None).normalize()
    table = frame[list(_COLUMNS)].rename(columns=_COLUMNS).astype(float).set_axis(index)
    table["dividend"] = frame["Dividends"].to_numpy(dtype=float)
    splits = frame["Stock Splits"].to_numpy(dtype=float)
    table["split"] = pd.Series(splits, index).where(splits != 0, 1.0)
    notes = ["closes, volumes and dividends are adjusted by Yahoo for splits, not for dividends"]
    lost = table[table["close"].isna() & ((table["dividend"] != 0) | (table["split"] != 1))]
    if len(lost):
        notes.append(f"dividends or splits on days without a price: {delivered.days(lost.index)}")
    table, repeats = delivered.one_row_a_day(table)
    table, empty = delivered.without(table, table["close"].isna(), "without a price")
    if table.empty:
        raise NoPricesError(f"none of its {len(frame)} rows holds a price")
    if (table["volume"] == 0).all():
        table = table.drop(columns="volume")
    return table, [*notes, *repeats, *empty]


def _right_sessions(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a currency's rows by the London day that starts when they are struck.

    In British summer time that start is 23:00 UTC, so rows dated by UTC come a day early:
    from Sunday to Thursday. Each summer is judged by its own rows.
    """
    noon = pd.DatetimeIndex(table.index) + pd.Timedelta(hours=12)
    local = noon.tz_localize("Europe/London")
    summer = pd.Series([bool(time.dst()) for time in local], table.index)
    weekday, year = noon.day_of_week, noon.year
    early = pd.Series(0, table.index)
    for one in sorted(set(year[summer.to_numpy()])):
        rows = summer.to_numpy() & (year == one)
        if (weekday[rows] == _SUNDAY).sum() > (weekday[rows] == _FRIDAY).sum():
            early[rows] = 1
    if not early.any():
        return table, []
    moved = table.set_axis(pd.DatetimeIndex(table.index) + pd.to_timedelta(early.to_numpy(), "D"))
    note = f"{int(early.sum())} rows of British summer time came dated a day early and were moved"
    return delivered.one_row_a_day(moved)[0], [note]


def _not_the_start(frame: pd.DataFrame) -> list[str]:
    """Return a note when the closes do not seem to be struck at the start of the day.

    Yahoo's past currency rows have the same open and close (yfinance, issue 1071).
    """
    there = frame["Close"].notna()
    differ = int((frame["Open"] != frame["Close"])[there].iloc[:-1].sum())
    if 2 * differ <= int(there.sum()):
        return []
    return [
        f"on {differ} of {int(there.sum())} days the close is not the open, so it may be struck "
        "later than at the start of the day"
    ]


def _quote(pair: re.Match[str] | None, meta: Mapping[str, Any], unit: str) -> str:
    if pair:
        return delivered.quote_words(pair[2], pair[1] or "USD")
    if meta.get("instrumentType") == "INDEX":
        return "index points: up = the index rises"
    return f"{unit}: up = the price rises" if unit else "up = the price rises"


YAHOO = Yahoo()
