"""Daily closes of the Moscow Exchange, from its information server (ISS), with apimoex."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from eventstudy.errors import InvalidArgumentError, NoPricesError, NoSuchSymbolError, PriceDataError
from eventstudy.parsing import packaged_toml
from eventstudy.prices.clock import Clock
from eventstudy.prices.frames import listed, truths
from eventstudy.prices.network.delivered_rows import (
    one_row_a_day,
    quote_words,
    refuse_outside,
    without,
)
from eventstudy.prices.network.limits import RequestLimits
from eventstudy.prices.source import PriceSeries

if TYPE_CHECKING:
    from apimoex import ISSClient

    from eventstudy.prices.network.session import GuardedSession

T = TypeVar("T")
ADDRESS = "https://iss.moex.com/iss"
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,35}")
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}")
_MOST_A_DAY = 2
"""Rows of one series and day at the most: every board has one."""


@dataclass(frozen=True)
class Board:
    """Where a series is traded, which column holds its close, and when that is struck."""

    engine: str
    market: str
    board: str
    about: str
    close: str = "CLOSE"
    turnover: str = "VALUE"
    clock: Clock | None = None


_KNOWN = packaged_toml("prices/data/moex.toml")
_BOARDS = {
    name: Board(**{**board, "clock": Clock.parse(board["clock"])})
    for name, board in _KNOWN["boards"].items()
}
_BY_MARKET = {(board.engine, board.market): board for board in _BOARDS.values()}
ALIASES: dict[str, str] = _KNOWN["aliases"]
_UNITS: dict[str, str] = _KNOWN["units"]
_ENDED: dict[str, str] = _KNOWN["ended"]
_SHORT_DAYS = (dt.date(2022, 3, 24), dt.date(2022, 3, 28))
"""The first days after the closure of 2022."""
_KINDS: tuple[tuple[re.Pattern[str], Board], ...] = (
    (re.compile(r"RTS[A-Z]*"), replace(_BOARDS["index"], board="RTSI")),
    (re.compile(r"IMOEX|MOEX[A-Z0-9]+|MCF[A-Z0-9]+|MCX[A-Z0-9]+|RGBI(TR)?|RVI"), _BOARDS["index"]),
    (re.compile(r"[A-Z0-9_]+_?(TOM|TOD)"), _BOARDS["currencies"]),
    (re.compile(r"[A-Z][A-Za-z][FGHJKMNQUVXZ][0-9]{1,2}"), _BOARDS["futures"]),
)


class Moex:
    """Daily closes of indices, shares, futures and currencies on the Moscow Exchange.

    Parameters
    ----------
    limits : RequestLimits
        Limits of the requests.
    page_pause : float
        Seconds between two pages of one history.
    """

    name = "moex"
    summary = "Moscow Exchange: indices, shares, futures, currencies (ISS, through apimoex)"
    examples: tuple[str, ...] = ("IMOEX", "RTSI", "SBER", "USDRUB_TOM", "SiH2")
    options: tuple[str, ...] = ("engine", "market", "board")
    pause = 0.5

    def __init__(
        self,
        limits: RequestLimits = RequestLimits(("iss.moex.com",)),  # noqa: B008 - frozen
        page_pause: float = 0.1,
    ) -> None:
        self.limits = limits
        self.page_pause = page_pause

    def check(self, symbol: str, options: Mapping[str, object]) -> None:
        """Refuse a symbol or an option that cannot be right, without the network.

        Parameters
        ----------
        symbol : str
            ``"IMOEX"``, ``"SBER"``, ``"USDRUB_TOM"``, ``"SiH2"``.
        options : mapping
            ``engine``, ``market`` and ``board`` of ISS, when the symbol alone does not tell.

        Raises
        ------
        NoSuchSymbolError
            When the symbol has characters that no symbol has.
        InvalidArgumentError
            When an option cannot be right.
        """
        if not _SYMBOL.fullmatch(symbol):
            raise NoSuchSymbolError(
                f"moex: {symbol!r} is no symbol; write letters, digits and _ . - only, as in SBER"
            )
        for key, value in options.items():
            if not isinstance(value, str) or not _PLACE.fullmatch(value):
                raise InvalidArgumentError(
                    f"moex: option {key!r} is {value!r}; write a name of ISS, such as TQBR"
                )
        board_of(ALIASES.get(symbol, symbol), options)

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
        from eventstudy.prices.network.session import GuardedSession

        listed_as = ALIASES.get(symbol, symbol)
        board = board_of(listed_as, options)
        with GuardedSession(self.limits) as session:
            rows = self._rows(session, listed_as, board, (start, end))
            if not rows:
                what = f"no price of it on board {board.board} from {start} to {end}"
                raise nothing_of(session, listed_as, what)
        table, notes = _table(rows, listed_as, board)
        refuse_outside(table.index, start, end)
        base = _UNITS.get(listed_as, "")
        place = {name: getattr(board, name) for name in ("engine", "market", "board")}
        return PriceSeries(
            table=table,
            source=self.name,
            symbol=symbol,
            clock=board.clock,
            currency="index points" if board.market == "index" else "RUB",
            quote=_quote(board, base),
            attribution="Source: Moscow Exchange",
            ended=listed_as in _ENDED,
            arguments={"security": listed_as, **place, "column": board.close},
            versions={"apimoex": version("apimoex")},
            notes=(board.about, *notes, *_facts(listed_as, board, start, end)),
        )

    def _rows(
        self, session: GuardedSession, symbol: str, board: Board, span: tuple[dt.date, dt.date]
    ) -> list[dict[str, Any]]:
        """Return the rows of all pages, as many as the source says that there are."""
        from apimoex import ISSClient

        start, end = span
        url = (
            f"{ADDRESS}/history/engines/{board.engine}/markets/{board.market}"
            f"/boards/{board.board}/securities/{symbol}.json"
        )
        wanted = ("BOARDID", "SECID", "TRADEDATE", board.close, board.turnover, "VOLUME")
        query: dict[str, str | int] = {
            "iss.only": "history,history.cursor",
            "history.columns": ",".join(dict.fromkeys(wanted)),
            "from": start.isoformat(),
            "till": end.isoformat(),
        }
        client, rows = ISSClient(session, url, query), list[dict[str, Any]]()
        page, total = _page(client, 0)
        if total > _MOST_A_DAY * ((end - start).days + 1):
            raise PriceDataError(f"it says {total} rows for {(end - start).days + 1} days")
        while True:
            _refuse_repeated(rows, page)
            rows += page
            if len(rows) == total:
                return rows
            if len(rows) > total or not page:
                raise PriceDataError(f"it says {total} rows and sent {len(rows)}")
            time.sleep(self.page_pause)
            page, now = _page(client, len(rows))
            if now != total:
                raise PriceDataError(f"it says {total} rows on one page, and {now} on another")


def _page(client: ISSClient, start: int) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of a page, and how many rows all pages hold."""

    def total_of(answer: Any) -> int:
        (cursor,) = answer["history.cursor"]
        index, total = cursor["INDEX"], cursor["TOTAL"]
        if type(index) is not int or type(total) is not int or total < 0:
            raise TypeError("cursor")
        if index != start:
            raise PriceDataError(f"it sent the rows from {index} on, not those from {start} on")
        return total

    return page_of(client, start, "history", total_of)


def page_of(
    client: Any, start: int, table: str, about: Callable[[Any], T]
) -> tuple[list[dict[str, Any]], T]:
    """Return the rows of a page of a table of ISS, and what is told of the answer.

    Raises
    ------
    PriceError
        When the answer cannot be read.
    """
    from apimoex.client import ISSMoexError

    from eventstudy.prices.network.session import reading

    def read() -> tuple[list[dict[str, Any]], T]:
        answer: Any = client.get(start)
        rows = answer[table]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TypeError("rows")
        return rows, about(answer)

    try:
        page: tuple[list[dict[str, Any]], T] = reading(f"its page of {table}", read)
    except ISSMoexError as error:
        raise PriceDataError(f"its page of {table} is of another form") from error
    return page


def _refuse_repeated(rows: list[dict[str, Any]], page: list[dict[str, Any]]) -> None:
    """Refuse a page with days of former pages: rows that should be there are missing."""
    former = {str(row.get("TRADEDATE")) for row in rows}
    again = sorted(former.intersection(str(row.get("TRADEDATE")) for row in page))
    if again:
        raise PriceDataError(f"its pages repeat rows: {listed(again)}")


def board_of(symbol: str, options: Mapping[str, object]) -> Board:
    """Return where a symbol is traded, by its form or by the options."""
    by_form = next((board for form, board in _KINDS if form.fullmatch(symbol)), _BOARDS["shares"])
    engine = str(options.get("engine", by_form.engine))
    market = str(options.get("market", by_form.market))
    board = by_form
    if (engine, market) != (by_form.engine, by_form.market):
        if "board" not in options:
            raise InvalidArgumentError(
                f"moex: {engine}/{market} needs the option 'board' too, such as board = \"TQBR\""
            )
        about = "when the close of this market is struck is not known here: dates only"
        unknown = Board(engine, market, _BOARDS["shares"].board, about)
        board = _BY_MARKET.get((engine, market), unknown)
    return replace(board, board=str(options.get("board", board.board)))


def _table(
    rows: list[dict[str, Any]], symbol: str, board: Board
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows with a price, and notes about the others."""
    frame = pd.DataFrame(rows)
    missing = [name for name in ("SECID", "TRADEDATE", board.close) if name not in frame]
    if missing:
        raise PriceDataError(f"its rows have no {', '.join(missing)}")
    others = sorted({str(name) for name in frame["SECID"]} - {symbol})
    if others:
        raise PriceDataError(f"it answered with another series: {', '.join(others[:3])}")
    try:
        sessions = pd.to_datetime(frame["TRADEDATE"], format="%Y-%m-%d")
        close = _numbers(frame, board.close)
        turnover = _numbers(frame, board.turnover)
        volume = turnover if board.market == "index" else _numbers(frame, "VOLUME")
    except (ValueError, TypeError) as error:
        raise PriceDataError(f"its rows hold what is no date or number: {error}") from error
    table = pd.DataFrame({"close": close.to_numpy()}, index=pd.DatetimeIndex(sessions))
    table = table.assign(volume=volume.to_numpy(), turnover=turnover.to_numpy())
    if volume.isna().all():
        table = table.drop(columns="volume")
    table, repeats = one_row_a_day(table)
    table, dummies = without(
        table, table["turnover"] == 0, f"dummies: nothing was traded ({board.turnover} 0)"
    )
    table, empty = without(table, table["close"].isna(), f"without a price ({board.close} empty)")
    if table.empty:
        raise NoPricesError(f"none of its {len(rows)} rows holds a price")
    return table.drop(columns="turnover"), (*repeats, *dummies, *empty)


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series[float]:
    if name not in frame:
        return pd.Series(float("nan"), index=frame.index)
    if (bad := truths(frame[name])).any():
        day = frame.loc[bad, "TRADEDATE"].iloc[0]
        raise ValueError(f"{name} on {day} is {frame.loc[bad, name].iloc[0]}")
    numbers: pd.Series[float] = pd.to_numeric(frame[name]).astype(float)
    return numbers


def nothing_of(
    session: GuardedSession, symbol: str, what: str
) -> NoPricesError | NoSuchSymbolError:
    """Return the error for a table without rows: an unknown symbol, or a span without any."""
    from apimoex import find_security_description

    from eventstudy.prices.network.session import reading

    about = reading(
        "its description of the symbol", lambda: find_security_description(session, symbol)
    )
    if not about:
        return NoSuchSymbolError(f"it knows no {symbol}")
    return NoPricesError(f"it knows {symbol}, but has {what}")


def _quote(board: Board, base: str) -> str:
    if board.market == "index":
        return "index points: up = the index rises"
    if base:
        return quote_words("RUB", base)
    return "RUB: up = the price rises"


def _facts(symbol: str, board: Board, start: dt.date, end: dt.date) -> tuple[str, ...]:
    """Return what a reader must know of the symbol or of days inside the span."""
    facts = []
    if symbol in _ENDED:
        facts.append(f"not traded on the exchange since {_ENDED[symbol]}")
    if board.engine == "stock" and start <= _SHORT_DAYS[1] and end >= _SHORT_DAYS[0]:
        facts.append(
            f"from {_SHORT_DAYS[0]} to {_SHORT_DAYS[1]} trading in shares ended about 14:00, "
            "before the time of the clock"
        )
    return tuple(facts)


MOEX = Moex()
