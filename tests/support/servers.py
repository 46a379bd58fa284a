"""A loopback server that speaks for Yahoo, the Moscow Exchange and the Bank of Russia.

The real client libraries talk to it over real sockets, under ``/host/path``::

    with LoopbackServer() as server:
        server.put_moex("SBER", {date(2022, 1, 13): 280.1})
        server.inject("moex", status(429), status(500))      # the next two answers
        server.inject("cbr", reset(), always=True)           # every answer from now on
        server.moex().fetch("SBER", {}, start, end)
        server.count("moex")                                 # requests for data so far
"""

import datetime as dt
import http.server
import json
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from waiting import LIMIT

from eventstudy.bars.moex import MoexBars
from eventstudy.bars.yahoo import YahooBars
from eventstudy.prices.network.limits import RequestLimits
from eventstudy.prices.sources.cbr import _CODES, Cbr
from eventstudy.prices.sources.moex import Moex
from eventstudy.prices.sources.yahoo import Yahoo

PAGE = 100
"""Rows of a page of MOEX ISS."""


@dataclass(frozen=True)
class Answer:
    """What the server sends, and how."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    manner: str = "whole"  # or "reset", "hang", "trickle", "trickle-head", "short"


Fault = Callable[[Answer], Answer]
"""Makes a bad answer of a good one."""


def status(code: int, **headers: str) -> Fault:
    """An error without content; ``Retry_After="2"`` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer(code, named, b"Too Many Requests" if code == 429 else b"error")


def body(content: bytes, **headers: str) -> Fault:
    """Another content, such as a page for people."""
    return lambda answer: replace(answer, body=content, headers={**answer.headers, **headers})


def truncated(part: float = 0.5) -> Fault:
    """Content that is cut off, though the connection ends in order."""
    return lambda answer: replace(answer, body=answer.body[: int(len(answer.body) * part)])


def gigantic(size: int) -> Fault:
    """Content that is far too large."""
    return lambda answer: replace(answer, body=answer.body + b" " * size)


def manner(name: str) -> Fault:
    """The right answer, sent wrongly: reset, hang, trickle, trickle-head, short."""
    return lambda answer: replace(answer, manner=name)


def reset() -> Fault:
    """The connection is torn."""
    return manner("reset")


def redirect(url: str, code: int = 302) -> Fault:
    return lambda _: Answer(code, {"Location": url})


def same_for_ever(change: Fault = lambda answer: answer) -> Fault:
    """The first answer again and again, whatever is asked."""
    held: list[Answer] = []

    def first(answer: Answer) -> Answer:
        held.append(change(answer))
        return held[0]

    return first


def edit_json(change: Callable[[Any], Any]) -> Fault:
    """The content with a change to it; `change` may return another or alter it in place."""

    def changed(answer: Answer) -> Answer:
        held = json.loads(answer.body)
        new = change(held)
        return replace(answer, body=json.dumps(held if new is None else new).encode())

    return changed


def edit_text(old: str, new: str, count: int = -1, encoding: str = "cp1251") -> Fault:
    """The content with one text in place of another, which must be there."""

    def changed(answer: Answer) -> Answer:
        text = answer.body.decode(encoding)
        assert re.search(old, text), old
        return replace(answer, body=re.sub(old, new, text, count=max(count, 0)).encode(encoding))

    return changed


@dataclass
class YahooSeries:
    """What the server has of one Yahoo symbol; a close of None is a null row."""

    closes: dict[dt.date, float | None]
    exchange: str = "NMS"
    zone: str = "America/New_York"
    currency: str = "USD"
    kind: str = "EQUITY"
    opens: dt.time = dt.time(9, 30)
    dividends: dict[dt.date, float] = field(default_factory=dict)
    splits: dict[dt.date, tuple[int, int]] = field(default_factory=dict)
    adjusted: float = 1.0
    volume: int | None = 1000

    def instant(self, day: dt.date) -> int:
        local = dt.datetime.combine(day, self.opens, tzinfo=ZoneInfo(self.zone))
        return int(local.timestamp())


@dataclass
class MoexSeries:
    """What the server has of one MOEX security: rows by date; None = a null close."""

    closes: dict[dt.date, float | None]
    board: str = "TQBR"
    column: str = "LEGALCLOSEPRICE"
    turnover: str = "VALUE"
    dummies: frozenset[dt.date] = frozenset()
    volume: int | None = 500

    def row(self, symbol: str, day: dt.date) -> dict[str, Any]:
        close = self.closes[day]
        value = 0 if day in self.dummies else 1e6
        row = {"BOARDID": self.board, "TRADEDATE": day.isoformat(), "SECID": symbol}
        last = {} if self.column == "CLOSE" else {"CLOSE": (close or 0) + 1.0}
        return {**row, **last, self.column: close, self.turnover: value, "VOLUME": self.volume}


class LoopbackServer:
    """The three sources on one loopback address."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.broken: list[str] = []  # faults that could not be applied: a mistake in a test
        self._yahoo: dict[str, YahooSeries] = {}
        self._moex: dict[str, MoexSeries] = {}
        self._cbr: dict[str, dict[dt.date, tuple[str, str]]] = {}
        self._candles: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self._bars: dict[tuple[str, str], dict[int, tuple[float | None, ...]]] = {}
        self.candle_page = 500
        self._faults: dict[str, deque[Fault]] = {}
        self._always: dict[str, Fault] = {}
        self._ending = threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner._serve(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda *_: None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "LoopbackServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(LIMIT)

    # What it has

    def put_yahoo(self, symbol: str, closes: Mapping[dt.date, float | None], **about: Any) -> None:
        self._yahoo[symbol] = YahooSeries(dict(closes), **about)

    def put_moex(self, symbol: str, closes: Mapping[dt.date, float | None], **about: Any) -> None:
        self._moex[symbol] = MoexSeries(dict(closes), **about)

    def put_cbr(self, code: str, rates: Mapping[dt.date, float], nominal: int = 1) -> None:
        """Add rates by *label*, the day they take effect, for `nominal` units."""
        self._cbr.setdefault(code, {}).update(
            {
                label: (f"{rate:.4f}".replace(".", ","), str(nominal))
                for label, rate in rates.items()
            }
        )

    def put_candles(self, symbol: str, minutes: int, rows: list[dict[str, Any]]) -> None:
        """Candles of MOEX, with begin and end as ISS writes them."""
        self._candles[symbol, minutes] = rows

    def put_bars(self, symbol: str, interval: str, bars: Mapping[int, tuple[Any, ...]]) -> None:
        """Bars of Yahoo: open, high, low, close, volume by epoch second."""
        self._bars[symbol, interval] = dict(bars)

    # What goes wrong

    def inject(self, source: str, *faults: Fault, always: bool = False) -> None:
        """Spoil the next answers with data of a source, or all of them with one fault."""
        if always:
            (self._always[source],) = faults
        else:
            self._faults.setdefault(source, deque()).extend(faults)

    def waiting(self, source: str) -> int:
        """Return how many injected faults of a source no request has met yet."""
        return len(self._faults.get(source, ()))

    def count(self, source: str) -> int:
        """Return how many requests for data a source has had."""
        return sum(_source_of(path) == source for path in self.paths)

    # The real sources, led here

    def limits_of(self, *hosts: str, **limits: Any) -> RequestLimits:
        quick = {"connect": 60.0, "read": 60.0, "total": 60.0, "most_bytes": 4_000_000}
        return RequestLimits(hosts, gateway=self.address, **{**quick, **limits})

    def yahoo(self, **limits: Any) -> Yahoo:
        now = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
        return Yahoo(self.limits_of(".yahoo.com", **limits), now=lambda: now)

    def moex_bars(self, now: dt.datetime | None = None, **limits: Any) -> MoexBars:
        moment = now or dt.datetime(2022, 2, 1, tzinfo=dt.UTC)
        host = self.limits_of("iss.moex.com", **limits)
        return MoexBars(host, page_pause=0.0, now=lambda: moment)

    def yahoo_bars(self, now: dt.datetime | None = None, **limits: Any) -> YahooBars:
        moment = now or dt.datetime(2022, 2, 1, tzinfo=dt.UTC)
        return YahooBars(self.limits_of(".yahoo.com", **limits), now=lambda: moment)

    def moex(self, **limits: Any) -> Moex:
        return Moex(self.limits_of("iss.moex.com", **limits), page_pause=0.0)

    def cbr(self, **limits: Any) -> Cbr:
        return Cbr(self.limits_of("www.cbr.ru", **limits))

    # Answering

    def _serve(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        self.paths.append(handler.path)
        try:
            answer = self._good(handler.path)
        except (KeyError, ValueError):
            answer = Answer(400, {}, b"bad request")
        source = _source_of(handler.path)
        if source:
            waiting = self._faults.get(source)
            fault = waiting.popleft() if waiting else self._always.get(source)
            try:
                answer = fault(answer) if fault else answer
            except Exception as error:
                self.broken.append(f"{handler.path}: {error!r}")
                raise
        _send(handler, answer, self._ending)

    def _good(self, path: str) -> Answer:
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        route = parts.path
        if route.startswith("/fc.yahoo.com"):
            return Answer(404, {"Set-Cookie": "A3=d=AQ; Max-Age=31557600; Path=/"}, b"")
        if route.endswith("/v1/test/getcrumb"):
            return Answer(200, {"Content-Type": "text/plain"}, b"crumb")
        if "/v8/finance/chart/" in route:
            return self._chart(route.rpartition("/")[2].replace("%5E", "^"), query)
        if route.endswith("/candles.json"):
            return self._candle_rows(route, query)
        if route.startswith("/iss.moex.com/iss/history/"):
            return self._history(route, query)
        if route.startswith("/iss.moex.com/iss/securities/"):
            name = route.rpartition("/")[2].removesuffix(".json")
            known = name in self._moex or any(name == symbol for symbol, _ in self._candles)
            rows = [{"name": "SECID", "title": "Код", "value": "X"}] if known else []
            return _json([{"charsetinfo": {"name": "utf-8"}}, {"description": rows}])
        if route == "/www.cbr.ru/scripts/XML_dynamic.asp":
            return self._rates(query)
        return Answer(404, {}, b"not here")

    def _candle_rows(self, route: str, query: Mapping[str, str]) -> Answer:
        symbol = route.split("/securities/")[1].removesuffix("/candles.json")
        rows = self._candles.get((symbol, int(query["interval"])), [])
        span = [row for row in rows if query["from"] <= row["begin"][:10] <= query["till"]]
        start = int(query.get("start", 0))
        page = span[start : start + self.candle_page]
        wanted = query["candles.columns"].split(",")
        held = [{name: row[name] for name in wanted if name in row} for row in page]
        return _json([{"charsetinfo": {"name": "utf-8"}}, {"candles": held}])

    def _intraday(self, symbol: str, query: Mapping[str, str]) -> Answer:
        bars = self._bars[symbol, query["interval"]]
        first, last = int(query["period1"]), int(query["period2"])
        moments = [moment for moment in sorted(bars) if first <= moment < last]
        columns = list(zip(*(bars[moment] for moment in moments), strict=True)) or [()] * 5
        names = ("open", "high", "low", "close", "volume")
        meta = {
            "currency": "USD",
            "symbol": symbol,
            "exchangeName": "NMS",
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": "America/New_York",
            "gmtoffset": 0,
            "priceHint": 2,
            "dataGranularity": query["interval"],
            "validRanges": ["1d", "max"],
            "tradingPeriods": _periods(moments),
        }
        quote = {name: list(column) for name, column in zip(names, columns, strict=True)}
        result = {"meta": meta, "timestamp": moments, "indicators": {"quote": [quote]}}
        return _json({"chart": {"result": [result], "error": None}})

    def _chart(self, symbol: str, query: Mapping[str, str]) -> Answer:
        if (symbol, query.get("interval", "")) in self._bars:
            return self._intraday(symbol, query)
        if symbol not in self._yahoo:
            told = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return replace(_json({"chart": {"result": None, "error": told}}), status=404)
        series = self._yahoo[symbol]
        first, last = int(query.get("period1", 0)), int(query.get("period2", 2**40))
        days = [day for day in sorted(series.closes) if first <= series.instant(day) < last]
        if not days:
            told = {"code": "Bad Request", "description": "Data doesn't exist for startDate = 1"}
            return replace(_json({"chart": {"result": None, "error": told}}), status=400)
        closes = [series.closes[day] for day in days]
        volumes = [None if close is None else series.volume for close in closes]
        prices = dict.fromkeys(("open", "high", "low", "close"), closes)
        adjusted = [None if close is None else close * series.adjusted for close in closes]
        meta = {
            "currency": series.currency,
            "symbol": symbol,
            "exchangeName": series.exchange,
            "instrumentType": series.kind,
            "exchangeTimezoneName": series.zone,
            "gmtoffset": 0,
            "priceHint": 2,
            "dataGranularity": "1d",
            "validRanges": ["1d", "max"],
        }
        result = {
            "meta": meta,
            "timestamp": [series.instant(day) for day in days],
            "events": _events(series, days),
            "indicators": {
                "quote": [{**prices, "volume": volumes}],
                "adjclose": [{"adjclose": adjusted}],
            },
        }
        return _json({"chart": {"result": [result], "error": None}})

    def _history(self, route: str, query: Mapping[str, str]) -> Answer:
        place, _, name = route.partition("/boards/")
        board, _, symbol = name.removesuffix(".json").partition("/securities/")
        series = self._moex.get(symbol)
        there = series is not None and series.board == board and "/engines/" in place
        days = sorted(series.closes) if there else []
        span = [d for d in days if query["from"] <= d.isoformat() <= query["till"]]
        start = int(query.get("start", 0))
        rows = [series.row(symbol, day) for day in span[start : start + PAGE]]
        wanted = query["history.columns"].split(",")
        rows = [{name: row[name] for name in wanted if name in row} for row in rows]
        cursor = {"INDEX": start, "TOTAL": len(span), "PAGESIZE": PAGE}
        if query.get("iss.json") == "extended":
            blocks = {"history": rows, "history.cursor": [cursor]}
            return _json([{"charsetinfo": {"name": "utf-8"}}, blocks])
        table = {"columns": wanted, "data": [list(row.values()) for row in rows]}
        index = {"columns": list(cursor), "data": [list(cursor.values())]}
        return _json({"history": table, "history.cursor": index})

    def _rates(self, query: Mapping[str, str]) -> Answer:
        code = query["VAL_NM_RQ"]
        first, last = (
            dt.datetime.strptime(query[name], "%d/%m/%Y").date()
            for name in ("date_req1", "date_req2")
        )
        symbol = next((known for known, value in _CODES.items() if value == code), "")
        records = "".join(
            f'<Record Date="{label:%d.%m.%Y}" Id="{code}"><Nominal>{nominal}</Nominal>'
            f"<Value>{value}</Value><VunitRate>{value}</VunitRate></Record>"
            for label, (value, nominal) in sorted(self._cbr.get(symbol, {}).items())
            if first <= label <= last
        )
        text = (
            '<?xml version="1.0" encoding="windows-1251"?>'
            f'<ValCurs ID="{code}" DateRange1="{first:%d.%m.%Y}" DateRange2="{last:%d.%m.%Y}" '
            f'name="Динамика официального курса">{records}</ValCurs>'
        )
        headers = {"Content-Type": "application/xml; charset=windows-1251"}
        return Answer(200, headers, text.encode("cp1251"))


def _periods(moments: list[int]) -> list[list[dict[str, Any]]]:
    """Trading periods of New York for the days of some moments, as Yahoo writes them."""
    days = sorted({dt.datetime.fromtimestamp(moment, dt.UTC).date() for moment in moments})
    periods = []
    for day in days:
        ends = [
            int(dt.datetime.combine(day, time, tzinfo=ZoneInfo("America/New_York")).timestamp())
            for time in (dt.time(9, 30), dt.time(16))
        ]
        zone = {"timezone": "EST", "gmtoffset": -18000}
        periods.append([{**zone, "start": ends[0], "end": ends[1]}])
    return periods


def _source_of(path: str) -> str:
    """Return the source that a request for data is for; cookies and crumbs are for none."""
    if "/v8/finance/chart/" in path:
        return "yahoo"
    return {"/iss.moex.com": "moex", "/www.cbr.ru": "cbr"}.get("/" + path.split("/")[1], "")


def _events(series: YahooSeries, days: list[dt.date]) -> dict[str, Any]:
    dividends = {
        str(series.instant(day)): {"amount": amount, "date": series.instant(day)}
        for day, amount in series.dividends.items()
        if day in days
    }
    splits = {
        str(series.instant(day)): {
            "date": series.instant(day),
            "numerator": new,
            "denominator": old,
            "splitRatio": f"{new}:{old}",
        }
        for day, (new, old) in series.splits.items()
        if day in days
    }
    return {"dividends": dividends, "splits": splits}


def _json(content: object) -> Answer:
    text = json.dumps(content, ensure_ascii=False).encode()
    return Answer(200, {"Content-Type": "application/json; charset=utf-8"}, text)


def _send(
    handler: http.server.BaseHTTPRequestHandler, answer: Answer, ending: threading.Event
) -> None:
    handler.close_connection = True
    if answer.manner == "reset":
        option = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
        handler.connection.close()
        return
    if answer.manner == "hang":
        ending.wait(2 * LIMIT)
        return
    lines = [f"HTTP/1.1 {answer.status} Said"]
    length = len(answer.body) + (100 if answer.manner == "short" else 0)
    headers = {**answer.headers, "Content-Length": str(length), "Connection": "close"}
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    slowly = {"trickle": answer.body, "trickle-head": head + answer.body}.get(answer.manner)
    try:
        if answer.manner != "trickle-head":
            handler.wfile.write(head)
        if slowly is None:
            handler.wfile.write(answer.body)
        for place in range(len(slowly or b"")):
            if ending.wait(0.05):
                return
            handler.wfile.write((slowly or b"")[place : place + 1])
    except OSError:
        pass
