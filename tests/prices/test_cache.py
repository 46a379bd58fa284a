"""Stored prices: continued, revised, damaged, killed, frozen; over real sockets and files."""

import datetime as dt
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command import call
from loopback import NAME, LoopSource, closes, serving
from waiting import LIMIT, begun, line_of, until

import eventstudy as es
from eventstudy.errors import (
    CacheError,
    InvalidArgumentError,
    PriceDataError,
    PriceError,
    UnreachableError,
)
from eventstudy.prices import SOURCES, Clock, LiveSource, PriceSeries, load_prices
from eventstudy.prices.maintenance import verify
from eventstudy.prices.store import cache
from eventstudy.prices.store.cache import OVERLAP
from eventstudy.prices.store.folder import VINTAGES, SeriesFolder
from eventstudy.prices.store.stored_series import Key, StoredSeries, decode, encode

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 3, 4, 18, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The folder of a cache of its own."""
    place = tmp_path / "cache"
    monkeypatch.setenv("EVENTSTUDY_CACHE", str(place))
    return place


@pytest.fixture
def server(monkeypatch):
    """A server whose source is registered."""
    with serving() as state:
        state.tables["AAA"] = closes(until="2026-03-04")
        monkeypatch.setitem(SOURCES, NAME, LoopSource(state.url))
        yield state


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A settable present; it starts on the evening of 4 March 2026."""

    class Present:
        moment = NOW

        def __call__(self):
            self.moment += dt.timedelta(milliseconds=5)
            return self.moment

        def later(self, **by):
            self.moment += dt.timedelta(**by)

    present = Present()
    monkeypatch.setattr(cache, "now", present)
    return present


def load(**more):
    return load_prices({"A": {"source": NAME, "symbol": "AAA"}}, **more)


def key(symbol="AAA"):
    return Key.of(NAME, symbol, {})


def entry_of(table, symbol="AAA"):
    """A stored series of a table."""
    span = table.index[0].date(), table.index[-1].date()
    series = PriceSeries(table, clock=Clock("17:30", "Europe/London"), currency="GBP")
    return StoredSeries(key(symbol), series, span, NOW)


def vintages(folder):
    """The tables of former states of the series."""
    return sorted(folder.glob(f"{key().stem}.vintage-*.csv"))


def digests(place):
    """Names and contents of what lies in a folder; locks do not count."""
    files = (file for file in place.rglob("*") if file.is_file() and file.suffix != ".lock")
    return {
        str(file.relative_to(place)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


# What is stored


def test_a_series_is_fetched_once_and_then_read(server, folder):
    first = load()
    again = load()
    assert len(server.asked) == 1
    assert server.asked[0][1:] == ("2000-01-01", "2026-03-04")
    pd.testing.assert_frame_equal(first.frame, again.frame)
    np.testing.assert_array_equal(first.series("A"), server.tables["AAA"]["close"])
    known = again.provenance["A"]
    assert (known.source, known.symbol, known.currency) == (NAME, "AAA", "GBP")
    assert known == first.provenance["A"]
    assert known.fetched_at.date() == NOW.date()
    assert (known.stale, known.notes, again.missing) == ("", (), {})
    assert str(again.clocks["A"]) == "17:30 Europe/London"
    assert not list(folder.glob(".*"))


@pytest.mark.usefixtures("server")
def test_a_csv_and_a_sidecar_hold_what_was_fetched(folder):
    load_prices({"A": {"source": NAME, "symbol": "AAA", "board": "main"}})
    stem = Key.of(NAME, "AAA", {"board": "main"}).stem
    content = (folder / f"{stem}.csv").read_bytes()
    assert content.startswith(b"date,close\n2020-01-01,")
    facts = json.loads((folder / f"{stem}.json").read_text("utf-8"))
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    assert facts["options"] == {"board": "main"}
    assert facts["fetched_at"].startswith("2026-03-04T18:00")
    assert facts["fetched_at"].endswith("+00:00")
    assert (facts["start"], facts["end"]) == ("2000-01-01", "2026-03-04")
    assert facts["versions"] == {"loop": "1"}
    assert facts["arguments"] == {"from": "2000-01-01", "to": "2026-03-04"}
    assert (facts["currency"], facts["clock"]) == ("GBP", "17:30 Europe/London")


def test_entries_read_back_as_they_were():
    rng = np.random.default_rng(0)
    days = pd.bdate_range("1999-12-31", periods=500, unit="us", name="session")
    table = pd.DataFrame(np.exp(rng.normal(0, 40, (500, 2))), days, ["close", "adjusted"])
    table["volume"] = rng.integers(0, 10**15, 500).astype(float)
    table["dividend"] = np.where(rng.random(500) < 0.1, rng.random(500), np.nan)
    again = decode(key(), *encode(entry_of(table)))
    pd.testing.assert_frame_equal(again.series.table, table, check_freq=False)
    assert encode(again) == encode(entry_of(table))


@pytest.mark.parametrize(
    "symbol", ["../../etc/passwd", "a/b", "A\x00", "x" * 500, "con", "..", "é=^", ""]
)
def test_names_of_files_are_safe(symbol):
    stem = Key.of("moex", symbol, {"board": "../x"}).stem
    assert stem.replace("-", "").isalnum()
    assert stem.isascii()
    assert len(stem) < 60
    assert stem != Key.of("moex", symbol, {}).stem
    assert stem.casefold() != Key.of("moex", symbol.swapcase() + "x", {}).stem.casefold()


def test_symbols_that_differ_in_case_have_files_that_differ():
    assert key("abc").stem.casefold() != key("ABC").stem.casefold()


# Continuing


def test_a_series_is_continued_with_an_overlap(server, clock, folder):
    load()
    clock.later(days=7)
    table = closes(until="2026-03-11")
    server.tables["AAA"] = table
    known = load()
    assert len(server.asked) == 2
    assert server.asked[1][1:] == (f"{table.index[-5 - OVERLAP]:%Y-%m-%d}", "2026-03-11")
    np.testing.assert_array_equal(known.series("A"), table["close"])
    assert known.provenance["A"].notes == ()
    assert not list(folder.glob("*vintage*"))


def test_30_series_of_20_years_are_continued_with_one_request_each(server, clock):
    request = {f"S{i}": f"{NAME}:S{i}" for i in range(30)}
    for i in range(30):
        server.tables[f"S{i}"] = closes(i, "2006-01-02", "2026-03-04")
    load_prices(request)
    assert len(server.asked) == 30
    clock.later(days=1)
    server.asked.clear()
    prices = load_prices(request)
    assert sorted(symbol for symbol, *_ in server.asked) == sorted(request)
    assert prices.frame.shape[1] == 30
    server.asked.clear()
    load_prices(request)
    assert server.asked == []


@pytest.mark.parametrize(("refresh", "asked"), [("auto", 1), ("never", 0), ("always", 1)])
def test_when_a_source_is_asked_again(server, clock, refresh, asked):
    load()
    server.asked.clear()
    clock.later(days=1)
    prices = load(refresh=refresh)
    assert len(server.asked) == asked
    assert bool(prices.stale) == (refresh == "never")
    server.asked.clear()
    load(refresh=refresh)
    assert len(server.asked) == (refresh == "always")


@pytest.mark.usefixtures("server")
def test_an_unknown_way_to_refresh_is_refused():
    with pytest.raises(InvalidArgumentError, match="auto, never or always"):
        load(refresh="sometimes")


def test_earlier_prices_are_fetched_and_later_starts_cut(server):
    load(start=dt.date(2024, 1, 1))
    assert load(start=dt.date(2025, 1, 1)).provenance["A"].first == dt.date(2025, 1, 1)
    assert len(server.asked) == 1
    whole = load(start=dt.date(2022, 1, 3))
    assert server.asked[1][1] == "2022-01-03"
    assert whole.provenance["A"].first == dt.date(2022, 1, 3)
    assert whole.provenance["A"].notes == ()


@pytest.mark.usefixtures("server")
def test_a_session_that_is_not_over_is_left_out_and_said(clock):
    clock.moment = dt.datetime(2026, 3, 4, 17, 0, tzinfo=dt.UTC)
    prices = load()
    assert prices.provenance["A"].last == dt.date(2026, 3, 3)
    assert prices.provenance["A"].notes == (
        "left out, because it was not yet struck when it was fetched: 2026-03-04",
    )
    clock.later(hours=13)
    assert load().provenance["A"].last == dt.date(2026, 3, 4)
    assert load().provenance["A"].notes == ()


def test_revisions_are_reported_and_the_old_state_is_kept(server, clock, folder):
    old = load().series("A")
    clock.later(days=1)
    table = server.tables["AAA"]
    days = table.index[[-2, -5, -7]]
    table.loc[days, "close"] *= [1.01, 1.002, 0.5]
    table = server.tables["AAA"] = table.drop(table.index[-3])
    prices = load()
    (note,) = prices.provenance["A"].notes
    assert note.startswith("4 past closes revised, found 2026-03-05: ")
    for day in days:
        assert f"{day:%Y-%m-%d} {old[day]:.10g} → {table.close[day]:.10g}" in note
    assert f"{old.index[-3]:%Y-%m-%d} {old.iloc[-3]:.10g} → none" in note
    np.testing.assert_array_equal(prices.series("A"), table["close"])
    (vintage,) = vintages(folder)
    kept = decode(key(), vintage.read_bytes(), vintage.with_suffix(".json").read_bytes())
    np.testing.assert_array_equal(kept.series.table["close"], old)
    clock.later(days=1)
    assert load().provenance["A"].notes == (note,)  # it is still true
    assert len(server.asked) == 3


def test_rounding_is_no_revision(server, clock, folder):
    old = load().series("A")
    clock.later(days=1)
    server.tables["AAA"] = server.tables["AAA"] * (1 + 1e-8)
    prices = load()
    assert prices.provenance["A"].notes == ()
    np.testing.assert_array_equal(prices.series("A"), old)
    assert not list(folder.glob("*vintage*"))


def test_old_states_are_bounded(server, clock, folder):
    load()
    for _ in range(VINTAGES + 3):
        clock.later(days=1)
        server.tables["AAA"].loc[server.tables["AAA"].index[-1], "close"] += 1
        load()
    assert len(list(folder.glob("*vintage*"))) == 2 * VINTAGES
    assert len(vintages(folder)) == VINTAGES


def test_a_split_fetches_the_series_again_whole(server, clock, folder):
    load()
    clock.later(days=1)
    server.tables["AAA"] = closes(until="2026-03-05") * 0.25
    server.tables["AAA"].iloc[100] *= 1.5
    prices = load()
    assert [asked[1] for asked in server.asked[1:]] == ["2026-02-19", "2000-01-01"]
    whole, revised = prices.provenance["A"].notes
    assert whole == "fetched again whole on 2026-03-05: closes were rescaled by 0.25"
    assert revised.startswith("1 past close revised")
    np.testing.assert_array_equal(prices.series("A"), server.tables["AAA"]["close"])
    assert len(vintages(folder)) == 1


def equity(until, factor=1.0):
    """A table with adjusted closes, a dividend and a split."""
    table = closes(until=until)
    paid = table.index >= "2025-06-02"
    table["adjusted"] = table["close"] * np.where(paid, 1.0, 0.97) * factor
    table["dividend"] = np.where(table.index == "2025-06-02", 3.0, 0.0)
    table["split"] = np.where(table.index == "2022-01-03", 4.0, 1.0)
    table["volume"] = 1000.0
    return table


def test_a_dividend_fetches_the_series_again_whole(server, clock):
    server.tables["AAA"] = equity("2026-03-04")
    load()
    clock.later(days=1)
    server.tables["AAA"] = equity("2026-03-05", 0.99)
    prices = load()
    assert len(server.asked) == 3
    assert "adjusted closes were rescaled" in prices.provenance["A"].notes[0]
    np.testing.assert_array_equal(prices.series("A"), server.tables["AAA"]["adjusted"])


def test_a_split_among_new_sessions_fetches_the_series_again_whole(server, clock):
    server.tables["AAA"] = equity("2026-03-04")
    load()
    clock.later(days=1)
    server.tables["AAA"] = equity("2026-03-05")
    server.tables["AAA"].iloc[-1, 3] = 2.0
    assert "a split on 2026-03-05" in load().provenance["A"].notes[0]
    assert len(server.asked) == 3


@pytest.mark.usefixtures("server")
def test_a_source_that_changed_its_quote_is_fetched_again_whole(clock, monkeypatch):
    load()
    clock.later(days=1)
    fetch = LoopSource.fetch

    def in_pence(self, *arguments):
        found = fetch(self, *arguments)
        return PriceSeries(found.table, clock=found.clock, currency="GBp", quote=found.quote)

    monkeypatch.setattr(LoopSource, "fetch", in_pence)
    prices = load()
    assert "the currency was 'GBP' and is 'GBp'" in prices.provenance["A"].notes[0]
    assert prices.provenance["A"].currency == "GBp"


# Which closes


def test_adjusted_closes_are_used_where_there_are_any_and_it_is_said(server):
    server.tables["AAA"] = table = equity("2026-03-04")
    asked = {"source": NAME, "symbol": "AAA"}
    prices = load_prices({"A": asked, "C": {**asked, "price": "close"}})
    np.testing.assert_array_equal(prices.series("A"), table["adjusted"])
    np.testing.assert_array_equal(prices.series("C"), table["close"])
    assert len(server.asked) == 1
    quotes = {asset: known.quote for asset, known in prices.provenance.items()}
    assert quotes["A"].endswith("closes adjusted for splits and dividends")
    assert quotes["C"].endswith("closes not adjusted for dividends")
    told = "1 dividend, the last on 2025-06-02; 1 split, the last on 2022-01-03"
    assert prices.provenance["A"].notes == (f"{told}: in the closes used",)
    assert prices.provenance["C"].notes == (f"{told}: not in the closes used",)


@pytest.mark.usefixtures("server")
def test_adjusted_closes_that_do_not_exist_are_refused():
    with pytest.raises(InvalidArgumentError, match='no adjusted closes of AAA; write price = "cl'):
        load_prices({"A": {"source": NAME, "symbol": "AAA", "price": "adjusted"}})
    with pytest.raises(InvalidArgumentError, match="price is 'open'"):
        load_prices({"A": {"source": NAME, "symbol": "AAA", "price": "open"}})


# Sources that fail


def test_one_that_fails_does_not_sink_the_others(server, clock):
    server.tables["BBB"] = closes(2, until="2026-03-04")
    request = {"A": f"{NAME}:AAA", "B": f"{NAME}:BBB", "C": f"{NAME}:CCC", "I": "sample:IMOEX"}
    prices = load_prices(request)
    assert prices.assets == ("A", "B", "I")
    assert prices.missing == {"C": "loop CCC: the server answers 404. Check the symbol"}
    clock.later(days=1)
    server.failing["AAA"] = 500
    prices = load_prices(request)
    assert prices.assets == ("A", "B", "I")
    assert list(prices.stale) == ["A"]
    assert prices.stale["A"] == (
        "loop AAA: the server answers 500. Check the connection, and try again later. Stored "
        "prices are used, fetched on 2026-03-04"
    )
    assert "A is stale" in repr(prices)
    assert "C is missing: loop CCC: the server answers 404" in repr(prices)


def test_only_when_none_is_left_it_is_an_error(server):
    with pytest.raises(PriceError, match="2 series cannot be loaded") as caught:
        load_prices({"A": f"{NAME}:CCC", "B": f"{NAME}:DDD"})
    assert not caught.value.retryable
    server.failing["AAA"] = 500
    with pytest.raises(UnreachableError) as caught:
        load()
    assert caught.value.retryable


def test_a_source_that_is_silent_is_not_asked_for_every_series(server):
    server.failing |= {f"S{i}": 503 for i in range(30)}
    prices = load_prices({**{f"S{i}": f"{NAME}:S{i}" for i in range(30)}, "I": "sample:IMOEX"})
    assert len(server.asked) == 2
    assert len(prices.missing) == 30
    assert "did not answer for other series" in prices.missing["S29"]


def test_wrong_requests_are_told_before_anybody_is_asked(server):
    with pytest.raises(PriceError, match="2 series"):
        load_prices({"A": f"{NAME}:AAA", "B": f"{NAME}:A-B", "C": "sample:IMOX"})
    assert server.asked == []


@pytest.mark.parametrize(
    ("change", "kind", "told"),
    [
        (lambda t: t.assign(close=-t.close), PriceDataError, "greater than zero"),
        (lambda t: pd.concat([t, t]), PriceDataError, "occur twice"),
        (lambda t: t.rename(columns={"close": "last"}), PriceDataError, "a column of closes"),
        (lambda t: t.tz_localize("UTC"), PriceDataError, "time zone"),
        (lambda t: t.assign(volume="many"), PriceDataError, "volume negative or not finite"),
        (lambda t: t.assign(close=np.nan), PriceError, "close not finite"),
        (lambda t: t.iloc[:0], PriceError, "no price from"),
        (lambda _: None, PriceDataError, "no table"),
    ],
)
def test_answers_that_cannot_be_used_are_never_stored(folder, change, kind, told):
    class Mine(LoopSource):
        def fetch(self, *_):
            return PriceSeries(change(closes(until="2026-03-04")))

    with pytest.raises(kind, match=told):
        load_prices({"A": {"source": Mine(""), "symbol": "AAA"}})
    assert not list(folder.glob("*.csv"))


# Objects of the user's


def test_any_object_of_the_shape_is_a_source(server):
    class Mine(LoopSource):
        name = "mine"

    source = Mine(server.url)
    assert isinstance(source, LiveSource)
    prices = load_prices({"X": {"source": source, "symbol": "AAA", "board": "b"}})
    load_prices({"X": {"source": source, "symbol": "AAA", "board": "b"}})
    assert len(server.asked) == 1
    assert len(prices.frame) == len(server.tables["AAA"])
    assert "Mine" in prices.provenance["X"].source

    class Table:
        name, summary, examples, options = "table", "one", ("X",), ()

        def load(self, symbol, _options):
            return PriceSeries(closes()["close"], self.name, symbol)

    assert load_prices({"X": {"source": Table(), "symbol": "X"}}).provenance["X"].symbol == "X"
    with pytest.raises(InvalidArgumentError, match="names no price source"):
        load_prices({"X": {"source": object(), "symbol": "X"}})


def test_an_object_cannot_take_the_entries_of_a_source_of_its_name(server):
    class Mine(LoopSource):
        pass

    load()
    load_prices({"X": {"source": Mine(server.url), "symbol": "AAA"}})
    assert len(server.asked) == 2


# Offline


@pytest.fixture
def no_sockets(monkeypatch):
    import socket

    def refuse(*_, **__):
        raise AssertionError("a socket was touched")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("server")
def test_offline_uses_what_is_stored(clock, request):
    load()
    request.getfixturevalue("no_sockets")
    assert load(offline=True).stale == {}
    clock.later(days=3)
    prices = load(offline=True)
    assert prices.stale == {"A": "offline, the source was not asked, fetched on 2026-03-04"}


@pytest.mark.usefixtures("server")
def test_offline_says_that_earlier_prices_are_not_stored():
    load(start=dt.date(2024, 1, 1))
    assert load(offline=True).stale == {
        "A": "prices from 2000-01-01 are wanted and those stored begin on 2024-01-01"
    }


@pytest.mark.usefixtures("no_sockets")
def test_offline_with_an_empty_cache_names_the_asset_and_the_command(folder):
    SOURCES[NAME] = LoopSource("http://127.0.0.1:9")
    try:
        with pytest.raises(CacheError) as caught:
            load_prices({"My index": f"{NAME}:AAA"}, offline=True)
        assert "My index: no prices are stored" in str(caught.value)
        assert "`eventstudy prices refresh 'My index'`" in str(caught.value)
        prices = load_prices({"A": f"{NAME}:AAA", "I": "sample:IMOEX"}, offline=True)
        assert list(prices.missing) == ["A"]
    finally:
        del SOURCES[NAME]
    assert not folder.exists()


# Damage


def flip(file, rng):
    """Flip one bit of a file."""
    content = bytearray(file.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    file.write_bytes(content)


def test_200_flipped_bits_in_200_files_are_200_detected(folder):
    rng = random.Random(5)
    store = SeriesFolder(folder)
    for i in range(200):
        store.write(entry_of(closes(i, "2025-01-01", "2025-12-31"), f"S{i}"))
    assert not any(verify({}, folder).values())
    for i in range(200):
        flip(folder / f"{key(f'S{i}').stem}.{'csv' if i % 2 else 'json'}", rng)
    found = 0
    for i in range(200):
        try:
            store._read(key(f"S{i}"))
        except CacheError as error:
            found += "is damaged" in str(error)
    assert found == 200
    assert sum(bool(fault) for fault in verify({}, folder).values()) == 200


@pytest.mark.parametrize("suffix", ["csv", "json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "gone", "swapped"])
@pytest.mark.usefixtures("server")
def test_a_damaged_entry_is_set_aside_and_fetched_again(folder, suffix, harm):
    whole = load()
    file = folder / f"{key().stem}.{suffix}"
    if harm == "flip":
        flip(file, random.Random(1))
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:-20])
    elif harm == "empty":
        file.write_bytes(b"")
    elif harm == "gone":
        file.unlink()
    else:
        other = encode(entry_of(closes(7), "BBB"))
        for own, content in zip(("csv", "json"), other, strict=True):
            (folder / f"{key().stem}.{own}").write_bytes(content)
    with pytest.raises(CacheError, match=f"A: {key().stem}.csv is damaged"):
        load(offline=True)
    assert not list(folder.glob("*.damaged-*"))
    prices = load()
    pd.testing.assert_frame_equal(prices.frame, whole.frame)
    assert "set aside since 2026-03-04" in prices.provenance["A"].notes[0]
    assert list(folder.glob("*.damaged-*"))
    assert load(offline=True).stale == {}


def test_damage_that_cannot_be_repaired_is_named(server, folder):
    load()
    flip(folder / f"{key().stem}.csv", random.Random(1))
    server.failing["AAA"] = 500
    with pytest.raises(UnreachableError, match=r"answers 500.* What was stored is set aside since"):
        load()


@pytest.mark.parametrize("step", range(3))
def test_a_crash_between_two_files_leaves_one_of_the_two_states(folder, step):
    """The state after each rename of a writer is a whole entry; the next writer tidies up."""
    store = SeriesFolder(folder)
    old, new = (entry_of(closes(seed, until="2026-03-04")) for seed in (1, 2))
    store.write(old)
    content, sidecar = encode(new)
    stem = key().stem
    store.put(f"{stem}.json.new", sidecar)
    (folder / f".{stem}.csv.abc.tmp").write_bytes(b"torn")
    if step:
        store.put(f"{stem}.csv", content)
    expected = new if step else old
    if step == 2:
        (folder / f"{stem}.json").unlink()
    found = store.read(key())
    assert encode(found) == encode(expected)
    assert store.fault(stem) == ""
    store.settle(key())
    assert sorted(file.name for file in folder.iterdir()) == [f"{stem}.csv", f"{stem}.json"]
    assert encode(store.read(key())) == encode(expected)


# Processes


def environment(folder):
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")]),
        "PYTHONWARNINGS": "error",
        "EVENTSTUDY_CACHE": str(folder),
        "COLUMNS": "200",
    }


def begin(*arguments, cwd, url, folder, **more):
    """Start the command line with the loopback source in it."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    command = [sys.executable, "-m", "loopback", url, *arguments]
    return begun(command, cwd=cwd, env=environment(folder), **pipes | more)


def run(*arguments, cwd, url, folder, **more):
    with begin(*arguments, cwd=cwd, url=url, folder=folder, **more) as process:
        out, err = process.communicate(timeout=LIMIT)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


STUDY = f"""\
title = "A study"
[windows]
estimation = [-150, -11]
[assets.AAA]
source = "{NAME}"
symbol = "AAA"
[assets.BBB]
source = "{NAME}"
symbol = "BBB"
price = "close"
model = {{ name = "market-model", factors = ["MKT"] }}
[assets.RUB]
source = "ecb"
symbol = "RUB/USD"
[assets.OWN]
source = "csv"
symbol = "own.csv"
[factors.MKT]
source = "{NAME}"
symbol = "MKT"
"""
EVENTS = "event_id,date,title\nearly,2021-03-10,An event\nlate,2021-04-14,Another one\n"


@pytest.fixture
def study(tmp_path, server):
    """A folder with a study of live, packaged and own series."""
    place = tmp_path / "study"
    place.mkdir()
    (place / "study.toml").write_text(STUDY, "utf-8")
    (place / "events.csv").write_text(EVENTS, "utf-8")
    closes(9, until="2026-03-04").to_csv(place / "own.csv", index_label="date")
    for seed, name in enumerate(("AAA", "BBB", "MKT")):
        server.tables[name] = closes(seed, until="2026-03-04")
    return place


FORKER = """\
import os, sys
import pandas, filelock, platformdirs
from loopback import LoopSource
from eventstudy.prices import SOURCES, load_prices
SOURCES["loop"] = LoopSource("URL")
for _ in sys.stdin:
    child = os.fork()
    if not child:
        while True:
            load_prices({"A": "loop:AAA"}, refresh="always")
    print(child, flush=True)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    print("killed", flush=True)
"""


def unfinished(folder):
    return any(file.suffix in (".tmp", ".new") for file in folder.iterdir())


def wait_for_a_moment(server, folder, kind, child, rng):
    """Wait for 0: nothing, 1: a request, 2: a file that is being written, and a bit longer."""
    before = len(server.asked)

    def caught_writing():
        """Stop the child; let it go on when nothing is half written."""
        time.sleep(rng.uniform(0.0, 0.005))
        os.kill(child, signal.SIGSTOP)
        if not unfinished(folder):
            os.kill(child, signal.SIGCONT)
            return False
        return True

    if kind:
        until(lambda: len(server.asked) > before, "a request of the child", pause=0.0005)
    if kind == 2:
        until(lambda: unfinished(folder) and caught_writing(), "a file half written", pause=0.0005)
    else:
        time.sleep(rng.uniform(0.0, (0.1, 0.05)[kind]))


@pytest.mark.slow
def test_200_kills_at_random_moments_tear_nothing(server, folder):
    """Each child, forked so that no time goes into imports, refreshes until it is killed.

    The server revises between kills: single closes (continued) and all of them (fetched whole).
    """
    rng = random.Random(3)
    states = [closes(1, "2024-01-01", "2026-03-04") for _ in range(8)]
    for place, state in enumerate(states):
        state.iloc[-7:] += place
        state["close"] *= 0.25 if place % 4 == 3 else 1.0
    server.tables["AAA"] = states[0]
    load(refresh="always")
    known = [state["close"].to_numpy() for state in states]
    interrupted = 0
    forker = FORKER.replace("URL", server.url)
    with begun(
        [sys.executable, "-c", forker],
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    ) as parent:
        for turn in range(200):
            server.tables["AAA"] = states[turn % 8]
            parent.stdin.write("go\n")
            parent.stdin.flush()
            child = int(line_of(parent.stdout, "a child to be forked"))
            wait_for_a_moment(server, folder, turn % 3, child, rng)
            os.kill(child, signal.SIGKILL)
            assert line_of(parent.stdout, "a child that was killed") == "killed\n"
            interrupted += unfinished(folder)
            found = SeriesFolder(folder).read(key())
            assert found is not None
            stored = found.series.table["close"].to_numpy()
            assert sum(np.array_equal(stored, state) for state in known) == 1
        parent.stdin.close()
        assert parent.wait(LIMIT) == 0
    assert interrupted > 20  # in the middle of a write
    server.tables["AAA"] = states[5]
    prices = load(refresh="always")
    np.testing.assert_array_equal(prices.series("A"), known[5])
    assert prices.stale == {}
    assert not list(folder.glob("*.tmp"))
    assert not list(folder.glob("*.damaged*"))
    assert not list(folder.glob("*.new"))


def test_two_refreshes_at_once_give_one_result(server, study, folder):
    server.gate.clear()
    refresh = ("prices", "refresh", "AAA")
    where, log = {"cwd": study, "url": server.url, "folder": folder}, study / "second"
    with begin(*refresh, **where) as first:
        until(lambda: server.asked, "the first one to ask", of=first)
        with log.open("w") as file, begin("--log-locks", *refresh, **where, stderr=file) as second:
            waits = "the second one to wait"
            until(lambda: "not acquired" in log.read_text("utf-8"), waits, of=second)
            server.gate.set()
            told = [process.communicate(timeout=LIMIT) for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], told
    assert all("AAA: " in out for out, _ in told)
    assert len(server.asked) == 1
    assert len(list(folder.glob("*.csv"))) == 1
    assert not any(verify({}, folder).values())


@pytest.mark.parametrize("way", ["tmpfs", "rlimit"])
def test_a_full_disk_is_said_and_the_old_entry_stays(server, study, folder, tmp_path, way):
    small, limit = folder, None
    if way == "tmpfs":
        small = tmp_path / "small"
        small.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(small)]
        mounted = (
            os.geteuid() == 0
            and subprocess.run(command, capture_output=True, timeout=LIMIT).returncode == 0
        )
        if not mounted:
            pytest.skip("only root can mount a small disk; the other way is tested")
    else:
        import resource

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    try:
        server.tables["AAA"] = closes(1, "2024-01-01")
        first = call("prices", "refresh", "AAA", cwd=study, EVENTSTUDY_CACHE=str(small))
        assert first.returncode == 0, first.stderr
        before = digests(small)
        server.tables["AAA"] = closes(1, "2000-01-03") * 3
        full = run(
            *("prices", "refresh", "AAA"), cwd=study, url=server.url, folder=small, preexec_fn=limit
        )
        assert full.returncode == 5
        assert "AAA: the folder of stored prices cannot be written: " in full.stderr
        assert ("No space left" if way == "tmpfs" else "File too large") in full.stderr
        assert "EVENTSTUDY_CACHE" in full.stderr
        assert "Traceback" not in full.stderr
        after = digests(small)
        assert {name: after.get(name) for name in before} == before
        assert not [name for name in after if "tmp" in name or name.endswith(".new")]
        assert not any(verify({}, small).values())
    finally:
        if way == "tmpfs":
            subprocess.run(["umount", str(small)], check=True, timeout=LIMIT)


# Studies


@pytest.mark.slow
def test_a_study_says_what_is_stale_missing_and_left_out(server, study, folder):
    where = {"cwd": study}
    whole = call("run", "--quick", "--json", **where)
    assert whole.returncode == 0, whole.stderr
    told = json.loads(whole.stdout)
    assert (told["stale"], told["missing"]) == ({}, {})
    assert told["assets"] == ["AAA", "BBB", "RUB", "OWN"]
    for file in folder.glob("loop-MKT*"):
        file.unlink()
    server.failing |= {"AAA": 500, "MKT": 500}
    age(folder)
    lacking = call("run", "--quick", **where)
    assert lacking.returncode == 3
    assert (
        "prices: AAA is stale: loop AAA: the server answers 500. Check the connection"
        in lacking.stderr
    )
    assert "prices: MKT is missing: loop MKT: the server answers 500" in lacking.stderr
    assert "prices: BBB is missing: its factor or benchmark MKT is missing:" in lacking.stderr
    assert "Report: " in lacking.stdout
    content = json.loads((study / "reports" / "data" / "results.json").read_text("utf-8"))
    assert content["series"]["AAA"]["stale"].startswith("loop AAA: the server answers 500")
    assert list(content["missing"]) == ["BBB"]
    reasons = {(row["asset"], row["reason"].split(":")[0]) for row in content["left_out"]}
    assert ("BBB", "no prices") in reasons
    page = (study / "reports" / "index.html").read_text("utf-8")
    assert "BBB is missing:" in page
    assert "AAA is stale:" in page
    shown = call("show", "early", **where)
    assert shown.returncode == 3
    assert "BBB: left out, no prices" in shown.stdout


def age(folder):
    """Make stored entries a day older, as if time had passed."""
    store = SeriesFolder(folder)
    for file in folder.glob("*.json"):
        stored = decode(None, file.with_suffix(".csv").read_bytes(), file.read_bytes())
        store.write(replace(stored, fetched_at=stored.fetched_at - dt.timedelta(days=1)))


def test_a_study_without_any_price_is_5_and_the_last_report_stays(server, study):
    text = STUDY.split("[assets.RUB]")[0] + "[factors" + STUDY.split("[factors")[1]
    (study / "study.toml").write_text(text, "utf-8")
    where = {"cwd": study}
    refused = call("run", "--quick", "--offline", **where)
    assert refused.returncode == 5
    assert server.asked == []
    for asset in ("AAA", "BBB", "MKT"):
        assert f"{asset}: no prices are stored" in refused.stderr
        assert f"`eventstudy prices refresh {asset}`" in refused.stderr
    assert not (study / "reports").exists()
    server.failing |= {"AAA": 404, "MKT": 404}
    left = call("run", "--quick", **where)
    assert left.returncode == 5
    assert "no asset is left to study" in left.stderr


def test_events_of_a_missing_asset_are_left_out_and_keep_their_page(server, study, tmp_path):
    (study / "events.csv").write_text(
        "event_id,date,title,assets\nearly,2021-03-10,An event,AAA\nlate,2021-04-14,More,\n",
        "utf-8",
    )
    server.failing["AAA"] = 404
    results = es.Study.read(study / "study.toml").run()
    assert results.missing == {"AAA": "loop AAA: the server answers 404. Check the symbol"}
    assert results.assets == ["BBB", "RUB", "OWN"]
    assert "no prices of AAA" in repr(results)
    left = results.left_out
    assert list(left.loc[left["asset"] == "AAA", "event_id"]) == ["early", "late"]
    index = es.write_report(results, tmp_path / "reports")
    assert (index.parent / "events" / "early.html").exists()
    one = es.run_study(results.events, results.prices)
    assert one.missing == {"AAA": "loop AAA: the server answers 404. Check the symbol"}
    assert one.assets == ["BBB", "RUB", "OWN", "MKT"]


@pytest.mark.slow
def test_a_frozen_study_gives_the_same_bytes_elsewhere(server, study):
    where = {}
    first = call("run", "--quick", cwd=study, **where)
    assert first.returncode == 0, first.stderr
    frozen = call("prices", "freeze", cwd=study, **where)
    assert frozen.returncode == 0, frozen.stderr
    assert "Kept in prices: AAA, BBB, RUB, MKT." in frozen.stdout
    assert "copy its folder" in frozen.stdout
    names = sorted(file.suffix for file in (study / "prices").iterdir())
    assert names == ["", *[".csv"] * 4, *[".json"] * 5]  # .gitattributes, series, manifest
    before = digests(study / "prices")
    assert call("prices", "freeze", cwd=study, **where).returncode == 0
    assert digests(study / "prices") == before
    elsewhere = study.parent / "another" / "machine"
    elsewhere.mkdir(parents=True)
    for name in ("study.toml", "events.csv", "own.csv"):
        (elsewhere / name).write_bytes((study / name).read_bytes())
    (elsewhere / "prices").mkdir()
    for file in (study / "prices").iterdir():
        (elsewhere / "prices" / file.name).write_bytes(file.read_bytes())
    server.asked.clear()
    server.tables.clear()
    other = {"EVENTSTUDY_CACHE": str(study.parent / "no-cache")}
    again = call("run", "--quick", cwd=elsewhere, **other)
    assert (again.returncode, again.stderr) == (0, "")
    assert server.asked == []
    assert not (study.parent / "no-cache").exists()
    one, two = (place / "reports" / "data" / "results.json" for place in (study, elsewhere))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.slow
def test_a_frozen_study_never_takes_other_prices(study):
    where = {"cwd": study}
    assert call("prices", "freeze", **where).returncode == 0
    checked = call("prices", "verify", "--json", **where)
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout) == {"checked": 3 + 5, "damaged": {}}
    (file,) = (study / "prices").glob("loop-AAA-*.csv")
    flip(file, random.Random(1))
    found = call("run", "--quick", **where)
    assert found.returncode == 3
    assert f"AAA is missing: prices/{file.name} is damaged: the SHA-256" in found.stderr
    assert "`eventstudy prices freeze`" in found.stderr
    closes(10).to_csv(study / "own.csv", index_label="date")
    checked = call("prices", "verify", **where)
    assert checked.returncode == 1
    assert "8 stored series checked, 2 damaged." in checked.stdout
    assert "prices: AAA: the SHA-256 of its CSV" in checked.stderr
    assert "file: OWN: its prices are not those" in checked.stderr
    file.unlink()
    assert f"prices/{file.name} is damaged: it is gone" in call("run", "--quick", **where).stderr
    (study / "prices" / "frozen.json").write_text("{", "utf-8")
    assert call("run", "--quick", **where).returncode == 5
    assert call("prices", "verify", **where).returncode == 1
    assert call("prices", "freeze", **where).returncode == 0
    assert call("run", "--quick", **where).returncode == 0


def test_a_study_is_frozen_whole_or_not_at_all(server, study):
    server.failing["MKT"] = 500
    refused = call("prices", "freeze", cwd=study)
    assert refused.returncode == 5
    assert "MKT: loop MKT: the server answers 500" in refused.stderr
    assert not (study / "prices").exists()


def test_prices_are_listed_refreshed_and_verified(server, study, folder):
    where = {"cwd": study}
    bare = json.loads(call("prices", "list", "--json", **where).stdout)
    stored = {own["asset"]: own["where"] for own in bare}
    live = ("AAA", "BBB", "MKT")
    assert stored == {**dict.fromkeys(live, "nowhere"), "RUB": "package", "OWN": "file"}
    assert server.asked == []
    first = call("prices", "refresh", **where)
    assert (first.returncode, first.stderr) == (0, "")
    rows = len(server.tables["AAA"])
    last = f"{server.tables['AAA'].index[-1]:%Y-%m-%d}"
    assert f"AAA: {rows} sessions added, {rows:,} until {last}" in first.stdout
    server.tables["AAA"].iloc[-2] += 1
    server.failing["BBB"] = 500
    again = call("prices", "refresh", "AAA", "BBB", "RUB", **where)
    assert again.returncode == 3
    assert f"AAA: 0 sessions added, {rows:,}" in again.stdout
    assert "  1 past close revised, found " in again.stdout
    assert "RUB: nothing to refresh: it is data of an installed package" in again.stdout
    assert "BBB: loop BBB: the server answers 500" in again.stderr
    listed = call("prices", "list", **where)
    assert listed.returncode == 0
    assert "loop AAA" in listed.stdout
    assert "cache" in listed.stdout
    assert "KiB" in listed.stdout
    found = json.loads(call("prices", "list", "--json", **where).stdout)
    assert [own["rows"] for own in found if own["asset"] == "AAA"] == [rows]
    told = json.loads(call("prices", "refresh", "MKT", "--json", **where).stdout)
    assert (told[0]["asset"], told[0]["added"], told[0]["failed"]) == ("MKT", 0, "")
    unknown = call("prices", "refresh", "AAB", **where)
    assert unknown.returncode == 2
    assert "Did you mean 'AAA'?" in unknown.stderr
    good = call("prices", "verify", **where)
    assert (good.returncode, good.stdout) == (0, "4 stored series checked, 0 damaged.\n")
    (file,) = folder.glob("loop-AAA-*[0-9a-f].json")
    flip(file, random.Random(2))
    bad = call("prices", "verify", **{**where, "cwd": folder})  # no study is needed
    assert bad.returncode == 1
    assert f"cache: {file.stem}: its sidecar was changed" in bad.stderr
    assert "damaged" in call("prices", "list", **where).stdout


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('symbol = "AAA"', 'symbol = "A-A"', "assets.AAA.symbol: 'A-A' is no symbol"),
        ('price = "close"', 'price = "open"', "assets.BBB.price: unknown price"),
        ('price = "close"', "price = 3", "assets.BBB.price: must be text"),
        (
            'symbol = "RUB/USD"',
            'symbol = "RUB/USD"\nprice = "close"',
            "assets.RUB.price: unknown key",
        ),
        ('title = "A study"', 'start = "2015-01-01"', "start: must be a date"),
    ],
)
def test_wrong_keys_of_live_series_are_found_in_study_toml(server, study, old, new, place):
    (study / "study.toml").write_text(STUDY.replace(old, new), "utf-8")
    with pytest.raises(es.StudyFileError) as caught:
        es.Study.read(study / "study.toml")
    assert place in str(caught.value)
    assert server.asked == []


def test_study_toml_says_where_live_prices_start(server, study):
    (study / "study.toml").write_text("start = 2020-06-01\n" + STUDY, "utf-8")
    prices = es.Study.read(study / "study.toml").prices
    assert prices.provenance["AAA"].first == dt.date(2020, 6, 1)
    assert {asked[1] for asked in server.asked} == {"2020-06-01"}
