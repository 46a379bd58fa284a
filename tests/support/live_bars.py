"""Candles of two days from a server of this machine, and the sources that are led to it."""

import datetime as dt
from contextlib import contextmanager

import pandas as pd
import servers
from waiting import LIMIT

from eventstudy.bars import live, store
from eventstudy.prices.network.retries import Policy
from eventstudy.prices.store import cache

START, END = dt.date(2022, 1, 12), dt.date(2022, 1, 13)
POLICY = Policy(attempts=2, first_wait=0.0, deadline=LIMIT, attempt=LIMIT, sleep=lambda _: None)


def candles():
    """Two days of ten-minute candles from 10:00 to 12:00, with their ends as ISS writes them."""
    rows = []
    for day in (START, END):
        for number in range(12):
            begin = dt.datetime.combine(day, dt.time(10)) + dt.timedelta(minutes=10 * number)
            end = begin + dt.timedelta(minutes=9, seconds=59)
            close = 280.0 + number + (day == END)
            prices = {"open": close, "close": close, "high": close + 1, "low": close - 1}
            rows.append({**prices, "volume": 100, "begin": str(begin), "end": str(end)})
    return rows


def quotes():
    """The same of New York, as Yahoo has them."""
    bars = {}
    for day in (START, END):
        for number in range(12):
            local = pd.Timestamp(f"{day} 10:00", tz="America/New_York")
            moment = int((local + pd.Timedelta(minutes=5 * number)).timestamp())
            close = 280.0 + number
            bars[moment] = (close, close + 1, close - 1, close, 100)
    return bars


@contextmanager
def served(monkeypatch, folder):
    """The sources of bars on this machine, an empty cache, and the evening of the second day."""
    monkeypatch.setenv("EVENTSTUDY_CACHE", str(folder / "cache"))
    for module in (live, store, cache):
        monkeypatch.setattr(module, "now", lambda: dt.datetime(2022, 1, 13, 22, tzinfo=dt.UTC))
    with servers.LoopbackServer() as running:
        running.candle_page = 7
        running.put_candles("SBER", 10, candles())
        running.put_bars("AAPL", "5m", quotes())
        monkeypatch.setitem(live.SOURCES, "moex", running.moex_bars())
        monkeypatch.setitem(live.SOURCES, "yahoo", running.yahoo_bars())
        yield running
        assert not running.broken


REQUESTS = {
    "moex": {"source": "moex", "symbol": "SBER", "minutes": 10},
    "yahoo": {"source": "yahoo", "symbol": "AAPL", "minutes": 5},
}
