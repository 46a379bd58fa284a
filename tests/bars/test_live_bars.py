"""Candles over real sockets: pages, clocks, faults, the cache, frozen studies. No network."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from live_bars import END, POLICY, REQUESTS, START, candles, served
from servers import body, edit_json, gigantic, redirect, reset, same_for_ever, status, truncated

import eventstudy as es
from eventstudy.bars import live
from eventstudy.bars.requests import read_bar_request
from eventstudy.bars.store import bar_cache
from eventstudy.errors import (
    InvalidArgumentError,
    NoPricesError,
    NoSuchSymbolError,
    PriceError,
)


@pytest.fixture
def server(monkeypatch, tmp_path):
    with served(monkeypatch, tmp_path) as running:
        yield running


def fetch(name, **options):
    request = read_bar_request("A", {**REQUESTS[name], **options}, Path())
    return live.fetch(request, START, END, POLICY)


def load(name, **options):
    return es.load_bars({"A": REQUESTS[name]}, start=START, policy=POLICY, **options)


def test_candles_of_moscow_have_begin_and_end_and_all_pages(server):
    bars = load("moex")["A"]
    assert (len(bars), bars.market, bars.length) == (24, "XMOS", 600)
    frame = bars.frame
    assert str(frame.index[0]) == "2022-01-12 10:10:00+03:00"
    assert str(frame["begin"].iloc[0]) == "2022-01-12 10:00:00+03:00"
    assert frame["close"].tolist()[:2] == [280.0, 281.0]
    assert server.count("moex") == 5  # four pages of seven, the last is short, and an empty one
    assert bars.attribution == "Source: Moscow Exchange"


def test_a_candle_that_ends_early_is_known_early(server):
    rows = candles()
    rows[-1]["end"] = "2022-01-13 11:54:12"
    server.put_candles("SBER", 10, rows)
    assert str(load("moex")["A"].frame.index[-1])[11:16] == "11:55"


def test_candles_that_are_not_over_are_left_out(server, monkeypatch):
    moment = dt.datetime(2022, 1, 13, 8, 55, tzinfo=dt.UTC)
    monkeypatch.setitem(live.SOURCES, "moex", server.moex_bars(moment))
    bars = load("moex")["A"]
    assert str(bars.frame.index[-1])[11:16] == "11:50"
    assert any("1 bars left out that were not over" in note for note in bars.notes)


@pytest.mark.usefixtures("server")
def test_bars_of_yahoo_are_labelled_by_their_start():
    bars = load("yahoo")["A"]
    assert (len(bars), bars.market, bars.length) == (24, "XNYS", 300)
    assert str(bars.frame.index[0]) == "2022-01-12 10:05:00-05:00"


@pytest.mark.usefixtures("server")
def test_the_limits_of_yahoo_are_said():
    request = read_bar_request("A", REQUESTS["yahoo"], Path())
    far = live.fetch(request, dt.date(2021, 10, 1), END, POLICY)
    assert any("bars from 2021-11-15 on, not from 2021-10-01" in note for note in far.notes)
    assert any("gives the last 59 days at once" in note for note in far.notes)


@pytest.mark.parametrize(
    ("name", "options", "kind", "said"),
    [
        ("moex", {"minutes": 5}, InvalidArgumentError, "1, 10 and 60 minutes, not of 5"),
        ("yahoo", {"minutes": 10}, InvalidArgumentError, "not of 10"),
        ("moex", {"symbol": "S/B"}, NoSuchSymbolError, "is no symbol"),
        ("yahoo", {"symbol": "US0378331005"}, NoSuchSymbolError, "is an ISIN"),
    ],
)
def test_what_cannot_be_right_is_refused_without_a_request(server, name, options, kind, said):
    with pytest.raises(kind, match=said):
        es.load_bars({"A": {**REQUESTS[name], **options}})
    assert server.count(name) == 0


@pytest.mark.usefixtures("server")
def test_an_unknown_symbol_and_a_span_without_bars():
    with pytest.raises(NoSuchSymbolError, match="knows no GAZP"):
        fetch("moex", symbol="GAZP")
    request = read_bar_request("A", REQUESTS["moex"], Path())
    with pytest.raises(NoPricesError, match="has no bar of it from 2022-01-08"):
        live.fetch(request, dt.date(2022, 1, 8), dt.date(2022, 1, 9), POLICY)


def rows_of(content):
    return content[1]["candles"]


def in_candles(change):
    """A change to the first row of a page; an empty page stays."""

    def changed(content):
        if rows_of(content):
            change(rows_of(content))

    return edit_json(changed)


def put(**values):
    return in_candles(lambda rows: rows[1].update(values))


def chart(change):
    return edit_json(lambda content: change(content["chart"]["result"][0]))


def quote(name, place, value):
    def change(result):
        result["indicators"]["quote"][0][name][place] = value

    return chart(change)


def doubled(rows):
    rows.insert(1, {**rows[0], "close": 1.0})


LATER = [
    *[
        ("moex", what, fault)
        for what, fault in {
            "HTTP 500": status(500),
            "HTTP 429": status(429),
            "a torn connection": reset(),
            "cut off": truncated(),
            "a page for people": body(b"<html>maintenance</html>"),
            "empty": body(b""),
        }.items()
    ],
    *[
        ("yahoo", what, fault)
        for what, fault in {
            "HTTP 503": status(503),
            "a torn connection": reset(),
            "cut off": truncated(),
            "a page for people": body(b"<html>maintenance</html>"),
        }.items()
    ],
]
"""Faults after which the same request may succeed."""
NEVER = [
    *[
        ("moex", what, fault)
        for what, fault in {
            "too large": gigantic(5_000_000),
            "another form": edit_json(lambda _: {"candles": 3}),
            "rows that are none": edit_json(lambda content: [content[0], {"candles": [1, 2]}]),
            "the same page for ever": same_for_ever(),
            "backwards": in_candles(lambda rows: rows.reverse()),
            "two closes of one bar": in_candles(doubled),
            "no close": put(close=None),
            "a negative close": put(close=-280.0),
            "a close of zero": put(close=0),
            "text for a close": put(close="n/a"),
            "true for a close": put(close=True),
            "a high that is none": put(high=-1),
            "a negative volume": put(volume=-5),
            "a begin that is none": put(begin="yesterday"),
            "no begin": put(begin=None),
            "an end before the begin": put(end="2022-01-11 00:00:00"),
            "another day": put(begin="2021-06-01 10:10:00", end="2021-06-01 10:19:59"),
            "a bar off its grid": put(begin="2022-01-12 10:13:00"),
            "no column of closes": in_candles(lambda rows: [row.pop("close") for row in rows]),
            "another place": redirect("https://example.org/candles.json"),
            "HTTP 403": status(403),
        }.items()
    ],
    *[
        ("yahoo", what, fault)
        for what, fault in {
            "too large": gigantic(5_000_000),
            "another symbol": chart(lambda result: result["meta"].update(symbol="MSFT")),
            "another length": chart(lambda result: result["meta"].update(dataGranularity="1d")),
            "no zone": chart(lambda result: result["meta"].pop("exchangeTimezoneName")),
            "out of order": chart(lambda result: result["timestamp"].reverse()),
            "two closes of one bar": chart(
                lambda result: result["timestamp"].__setitem__(1, result["timestamp"][0])
            ),
            "off the minute": chart(
                lambda result: result["timestamp"].__setitem__(1, result["timestamp"][1] + 17)
            ),
            "a negative close": quote("close", 3, -1.0),
            "true for a close": quote("close", 3, True),
            "no closes at all": chart(
                lambda result: result["indicators"]["quote"][0].update(close=[None] * 24)
            ),
            "another form": edit_json(lambda _: {"chart": 3}),
        }.items()
    ],
]
"""Faults of which nothing may be used."""


def test_there_are_more_than_twenty_faults():
    assert len(LATER) + len(NEVER) > 20


def named(cases):
    return [f"{name}: {what}" for name, what, _ in cases]


@pytest.mark.parametrize(("name", "what", "fault"), LATER, ids=named(LATER))
def test_a_fault_that_passes_is_recovered_from(server, name, what, fault):
    good = fetch(name).table
    server.inject(name, fault)
    pd.testing.assert_frame_equal(fetch(name).table, good)
    assert server.waiting(name) == 0, what


@pytest.mark.parametrize(("name", "what", "fault"), [*LATER, *NEVER], ids=named([*LATER, *NEVER]))
def test_a_fault_that_stays_is_told_and_nothing_is_used(server, name, what, fault):
    server.inject(name, fault, always=True)
    with pytest.raises(PriceError) as raised:
        load(name)
    assert REQUESTS[name]["symbol"] in str(raised.value), what
    assert not bar_cache().stems()


def test_a_second_load_asks_nobody_and_gives_the_same(server):
    first, asked = load("moex")["A"], server.count("moex")
    again = load("moex")["A"]
    assert server.count("moex") == asked
    assert again.sha256 == first.sha256
    assert load("moex", offline=True)["A"].sha256 == first.sha256


def test_offline_without_stored_bars_says_so(server):
    with pytest.raises(PriceError, match="no bars are stored"):
        load("moex", offline=True)
    assert server.count("moex") == 0


def test_stored_bars_are_used_and_marked_when_the_source_is_silent(server):
    first = load("moex")["A"]
    server.inject("moex", status(500), always=True)
    stale = load("moex", refresh="always")
    assert stale["A"].sha256 == first.sha256
    assert "Stored bars are used" in stale.stale["A"]


def test_bars_are_continued_and_revisions_leave_a_former_state(server):
    server.put_candles("SBER", 10, candles()[:12])
    assert len(load("moex")["A"]) == 12
    server.put_candles("SBER", 10, candles())
    assert len(load("moex", refresh="always")["A"]) == 24
    assert not list(bar_cache().path.glob("*.vintage-*"))
    revised = candles()
    revised[-1]["close"] += 0.5
    server.put_candles("SBER", 10, revised)
    bars = load("moex", refresh="always")["A"]
    assert bars.close[-1] == revised[-1]["close"]
    assert any("1 past bars revised" in note for note in bars.notes)
    assert len(list(bar_cache().path.glob("*.vintage-*.csv"))) == 1


@pytest.mark.usefixtures("server")
def test_a_flipped_bit_in_the_store_is_noticed():
    load("moex")
    (file,) = bar_cache().path.glob("*.csv")
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(bytes(content))
    bars = load("moex")["A"]
    assert any("set aside" in note for note in bars.notes)
    assert bars.close.tolist() == [row["close"] for row in candles()]


def test_a_missing_series_does_not_stop_the_others(server):
    server.inject("yahoo", status(500), always=True)
    bars = es.load_bars({"A": REQUESTS["moex"], "B": REQUESTS["yahoo"]}, start=START, policy=POLICY)
    assert bars.assets == ("A",)
    assert "yahoo AAPL" in bars.missing["B"]


def test_every_digit_is_stored(server):
    rows = candles()
    closes = np.random.default_rng(1).uniform(200, 300, len(rows)).tolist()
    for row, close in zip(rows, closes, strict=True):
        row.update(open=close, high=close, low=close, close=close)
    server.put_candles("SBER", 10, rows)
    load("moex")
    assert load("moex", offline=True)["A"].close.tolist() == closes
