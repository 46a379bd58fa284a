"""Live sources all the way: real clients, the cache, a study; over a loopback server."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from servers import LoopbackServer, status

import eventstudy as es
from eventstudy.prices import SOURCES, load_prices, loading
from eventstudy.prices.network.retries import Policy

REQUEST = {"APPLE": "yahoo:AAPL", "SBER": "moex:SBER", "USDRUB": "cbr:USD"}
END = dt.date(2026, 3, 4)
ONE_DAY = dt.timedelta(days=1)


def closes(seed, start="2025-01-06"):
    days = pd.bdate_range(start, END)
    steps = np.random.default_rng(seed).normal(0, 0.01, len(days))
    values = np.round(100 * np.exp(np.cumsum(steps)), 4)
    return {day.date(): float(value) for day, value in zip(days, values, strict=True)}


@pytest.fixture
def server(monkeypatch, tmp_path):
    """All three sources, their clients pointed to loopback, and a cache of their own."""
    monkeypatch.setenv("EVENTSTUDY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(loading, "POLICY", Policy(attempts=2, sleep=lambda _: None))
    with LoopbackServer() as running:
        running.put_yahoo("AAPL", closes(1))
        running.put_moex("SBER", closes(2))
        running.put_cbr("USD", {day + ONE_DAY: rate for day, rate in closes(3).items()})
        for name in ("yahoo", "moex", "cbr"):
            monkeypatch.setitem(SOURCES, name, getattr(running, name)())
        yield running


def load(**given):
    return load_prices(REQUEST, start=dt.date(2025, 1, 6), **given)


def test_prices_of_all_sources_are_stored_and_read_again_without_a_request(server):
    first = load()
    asked = [server.count(name) for name in ("yahoo", "moex", "cbr")]
    assert not first.missing
    for asset, seed in (("APPLE", 1), ("SBER", 2), ("USDRUB", 3)):
        known = closes(seed)
        own = first.series(asset)
        assert len(own) >= len(known) - 1  # today's unfinished session may be left out
        assert [known[day.date()] for day in own.index] == pytest.approx(own.to_list())
    again = load(offline=True)
    pd.testing.assert_frame_equal(again.frame, first.frame)
    assert [server.count(name) for name in ("yahoo", "moex", "cbr")] == asked
    assert str(again.clocks["USDRUB"]) == str(first.clocks["USDRUB"])


def test_one_source_that_is_down_does_not_sink_the_study(server):
    server.inject("moex", status(503), always=True)
    prices = load()
    assert list(prices.missing) == ["SBER"]
    assert "moex SBER" in prices.missing["SBER"]
    days = prices.frame.index
    events = pd.DataFrame({"event_id": ["e"], "date": [days[280]], "title": ["t"]})
    model = {name: es.models.ConstantMean() for name in REQUEST}
    results = es.run_study(events, prices, model=model)
    assert set(results.car()["asset"]) == {"APPLE", "USDRUB"}
    assert list(results.missing) == ["SBER"]


def test_a_limit_that_passes_is_waited_for(server):
    server.inject("yahoo", status(429, **{"Retry-After": "1"}))
    assert not load().missing
