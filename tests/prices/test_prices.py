"""Prices: clocks, closures, sources, and what malformed tables and files are told."""

import dataclasses
import datetime as dt
import hashlib
import http.server
import os
import pickle
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from currency_converter import CurrencyConverter
from waiting import LIMIT

import eventstudy
from eventstudy.errors import (
    EventStudyError,
    InvalidArgumentError,
    NoSuchSymbolError,
    PriceDataError,
    PriceError,
    UnknownNameError,
)
from eventstudy.prices import (
    SOURCES,
    Clock,
    Prices,
    Returns,
    as_prices,
    closures,
    load_prices,
    log_returns,
    session_returns,
    simple_returns,
)
from eventstudy.prices.sources import registry

CASE = {
    "RUBUSD": "ecb:RUB/USD",
    "EMFX": "ecb:basket/USD: ZAR MXN BRL INR IDR KRW",
    "IMOEX": "sample:IMOEX",
}


@pytest.fixture(scope="module")
def case() -> Prices:
    return load_prices(CASE)


@pytest.fixture(scope="module")
def converter() -> CurrencyConverter:
    return CurrencyConverter()


def table(values=(100.0, 101.0, 99.0), start="2022-01-12", name="A") -> pd.DataFrame:
    return pd.DataFrame({name: list(values)}, index=pd.bdate_range(start, periods=len(values)))


def write(folder: Path, text: str, name="prices.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def one(folder: Path, symbol="prices.csv", **options) -> pd.Series:
    request = {"A": {"source": "csv", "symbol": symbol, **options}}
    return load_prices(request, folder=folder).series("A")


# Clocks


@pytest.mark.parametrize(
    ("clock", "session", "utc"),
    [
        ("14:15 Europe/Berlin", "2022-01-13", "2022-01-13 13:15"),
        ("14:15 Europe/Berlin", "2022-07-13", "2022-07-13 12:15"),
        ("18:50 Europe/Moscow", "2014-10-24", "2014-10-24 14:50"),  # UTC+4 to 26 October 2014
        ("18:50 Europe/Moscow", "2014-10-27", "2014-10-27 15:50"),  # UTC+3 since
        ("01:30 Europe/Moscow", "2014-10-26", "2014-10-25 21:30"),  # twice: the first one
        ("02:30 Europe/Berlin", "2022-10-30", "2022-10-30 00:30"),  # twice: the first one
        ("02:30 Europe/Berlin", "2022-03-27", "2022-03-27 01:00"),  # never: when clocks jump
        ("10:00-11:30 Europe/Moscow", "2022-01-13", "2022-01-13 08:30"),
        ("11:30 Europe/Moscow -1 day", "2022-01-14", "2022-01-13 08:30"),
        ("00:00 Europe/London +1 day", "2022-07-13", "2022-07-13 23:00"),
    ],
)
def test_price_is_struck_at(clock, session, utc):
    expected = pd.DatetimeIndex([pd.Timestamp(utc, tz="UTC")])
    dates = np.array([session], dtype="datetime64[D]")
    assert list(Clock.parse(clock).struck(dates)) == list(expected)
    assert list(Clock.parse(clock).struck(pd.DatetimeIndex(dates))) == list(expected)


def test_clock_of_averaged_fixing_knows_when_its_window_opens():
    clock = Clock.parse("10:00-11:30 Europe/Moscow")
    assert clock == Clock("11:30", "Europe/Moscow", averaged_from=dt.time(10))
    assert (clock.averaged_from, clock.time) == (dt.time(10, 0), dt.time(11, 30))
    assert str(clock) == "10:00-11:30 Europe/Moscow"
    assert str(Clock("9:50", "Europe/Moscow", day_offset=-2)) == "09:50 Europe/Moscow -2 days"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("18:50", "is not a clock"),
        ("18:50 Europe/Mosco", "Did you mean 'Europe/Moscow'"),
        ("18:50 Europe", "not a known time zone"),
        ("18:50 ../../etc/passwd", "not a known time zone"),
        ("16:00 EST", "an abbreviation, not the name of a time zone. Write America/New_York"),
        ("16:00 est5edt", "an abbreviation, not the name of a time zone. Write America/New_York"),
        ("16:00 CET", "an abbreviation, not the name of a time zone. Write Europe/Berlin"),
        ("16:00 UTC-5", "an offset, not the name of a time zone. Write America/New_York"),
        ("9:00-10:00 MST until 2020-01-01; 9:00-10:00 America/Denver", "Write America/Denver"),
        ("25:00 Europe/Moscow", "no time of day"),
        ("11:30-10:00 Europe/Moscow", "open before it ends"),
        ("18:50 Europe/Moscow +9 days", "day_offset"),
    ],
)
def test_clock_that_cannot_be_is_refused(text, told):
    with pytest.raises(InvalidArgumentError, match=told):
        Clock.parse(text)


def test_time_with_a_zone_of_its_own_is_refused():
    with pytest.raises(InvalidArgumentError, match="timezone"):
        Clock(dt.time(18, 50, tzinfo=dt.UTC), "Europe/Moscow")
    with pytest.raises(InvalidArgumentError, match="without a time zone"):
        Clock("18:50", "UTC").struck(pd.DatetimeIndex(["2022-01-13"], tz="UTC"))


# Returns


def test_the_index_fell_by_4_05_percent_on_13_january_2022(case):
    imoex = case.series("IMOEX")
    assert len(imoex) == 543
    assert imoex["2022-01-12"] == 3829.95
    assert imoex["2022-01-13"] == 3674.73
    simple = pd.Series(simple_returns(imoex.to_numpy()), imoex.index)
    assert round(simple["2022-01-13"], 4) == -0.0405
    log = pd.Series(log_returns(imoex.to_numpy()), imoex.index)
    assert log["2022-01-13"] == pytest.approx(np.log(3674.73 / 3829.95), rel=1e-12)
    assert np.isnan(simple.iloc[0])
    assert np.isnan(log.iloc[0])
    assert simple.isna().sum() == log.isna().sum() == 1


@pytest.mark.parametrize("kind", ["simple", "log"])
def test_return_across_the_closure_of_march_2022_is_not_a_daily_one(kind):
    dates = np.array(["2022-02-24", "2022-02-25", "2022-03-24", "2022-03-25"], "datetime64[D]")
    prices = np.array([2058.12, 2470.48, 2578.51, 2484.13])
    returns = session_returns(dates, prices, kind, 5)
    assert np.isnan(returns).tolist() == [True, False, True, False]
    assert not np.isnan(session_returns(dates, prices, kind, 27)[2])
    assert closures(dates, 5) == [(dt.date(2022, 2, 25), dt.date(2022, 3, 24))]
    assert closures(dates, 27) == []


def test_gap_of_exactly_max_gap_days_is_no_closure():
    dates = pd.DatetimeIndex(["2022-01-03", "2022-01-08", "2022-01-14"])
    returns = session_returns(dates, np.array([1.0, 2.0, 4.0]), "simple", 5)
    assert returns[1] == 1.0
    assert np.isnan(returns[2])


def test_no_return_is_stretched_over_a_missing_price():
    dates = pd.bdate_range("2022-01-03", periods=5)
    returns = session_returns(dates, np.array([1.0, 2.0, np.nan, 8.0, 4.0]), "simple", 5)
    np.testing.assert_array_equal(returns, [np.nan, 1.0, np.nan, np.nan, -0.5])


def test_returns_refuse_what_they_cannot_use():
    dates = pd.bdate_range("2022-01-03", periods=2)
    with pytest.raises(InvalidArgumentError, match="'simple' or 'log'"):
        session_returns(dates, np.array([1.0, 2.0]), "compound", 5)
    with pytest.raises(InvalidArgumentError, match="2 dates, but 3 prices"):
        session_returns(dates, np.array([1.0, 2.0, 3.0]), "log", 5)
    with pytest.raises(InvalidArgumentError, match="2 dimensions"):
        log_returns(np.ones((2, 2)))
    assert simple_returns(np.array([])).size == 0


def test_returns_as_they_are_keep_their_values_and_their_clock():
    frame = table([-1.2, 0.0, np.nan, 0.01])
    returns = Returns(frame, {"A": "16:00 America/New_York"})
    assert returns.series("A").tolist() == [-1.2, 0.0, 0.01]
    assert returns.clocks == {"A": Clock("16:00", "America/New_York")}
    assert as_prices(returns) is returns
    with pytest.raises(PriceDataError, match="A on 2022-01-13: inf"):
        Returns(table([0.0, np.inf]))


# Tables of prices


def test_every_asset_keeps_its_own_sessions(case):
    assert case.assets == ("RUBUSD", "EMFX", "IMOEX")
    assert case.frame.index.name == "session"
    assert pd.isna(case.frame.loc["2021-02-20", "RUBUSD"])  # a working Saturday in Moscow
    assert case.frame.loc["2021-02-20", "IMOEX"] > 0
    for asset in case.assets:
        own = case.series(asset)
        assert own.notna().all()
        assert case.provenance[asset].rows == len(own)
        assert case.provenance[asset].first == own.index[0].date()
        assert case.provenance[asset].last == own.index[-1].date()


def test_input_is_not_changed_and_is_sorted():
    frame = table([3, 1, 2])[::-1]
    before = frame.copy(deep=True)
    prices = Prices(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert prices.series("A").tolist() == [3.0, 1.0, 2.0]
    frame.iloc[0, 0] = 1000
    assert prices.series("A").max() == 3.0


@pytest.mark.parametrize(
    "index",
    [
        ["2022-01-12", "2022-01-13", "2022-01-14"],
        [dt.date(2022, 1, 12), dt.date(2022, 1, 13), dt.date(2022, 1, 14)],
        np.array(["2022-01-12", "2022-01-13", "2022-01-14"], dtype="datetime64[ns]"),
    ],
)
def test_dates_may_be_text_dates_or_datetimes(index):
    prices = Prices(pd.DataFrame({"A": [1, 2, 3]}, index=index))
    assert list(prices.frame.index) == list(pd.bdate_range("2022-01-12", periods=3))


def test_days_without_any_price_are_nobodys_session():
    weekdays = table([1.0, 2.0, 3.0])
    calendar = weekdays.reindex(pd.date_range("2022-01-10", "2022-01-20"))
    assert Prices(calendar).frame.index.equals(Prices(weekdays).frame.index)


def numbered(index) -> pd.DataFrame:
    return pd.DataFrame({"A": np.arange(1.0, len(index) + 1)}, index=index)


DAYS = pd.bdate_range("2022-01-12", periods=3)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (numbered(range(3)), "dates of sessions; found 0, 1, 2"),
        (numbered(["12.01.2022", "2022-01-13"]), "found '12.01.2022'"),
        (numbered(["2022-02-30", "2022-03-01"]), "no date"),
        (numbered(DAYS.tz_localize("UTC") + pd.Timedelta(hours=5)), r"tz_localize\(None\)"),
        (numbered(DAYS + pd.Timedelta(hours=19)), r"2022-01-12 19:00:00.*normalize"),
        (numbered(DAYS[[0, 1, 0]]), "more than once: 2022-01-12"),
        (numbered(pd.DatetimeIndex(["2022-01-12", pd.NaT])), "1 rows have no date"),
        (numbered([dt.date(2022, 1, 12), pd.NaT]), "1 rows have no date"),
        (table(["1", "2"]), r"A \(str\)"),
        (table([True, False]), "true or false is no price.*A on 2022-01-12: True"),
        (table([1.0, True, 2.0]).astype(object), "A on 2022-01-13: True.*Put the number there"),
        (table([1.0, np.bool_(False)]).astype(object), "A on 2022-01-13: False"),
        (table([None, True]).astype("boolean"), "A on 2022-01-13: True"),
        (table([1.0], name=7), "found 7"),
        (table([1.0], name=" "), "found ' '"),
        (pd.concat([table(), table()], axis=1), "more than once: A"),
        (table().assign(B=np.nan), "no value at all in B"),
        (pd.DataFrame(), "empty"),
        (table()[:0], "empty"),
    ],
)
def test_malformed_table_is_refused_with_its_cure(frame, told):
    with pytest.raises(PriceDataError, match=told):
        Prices(frame)


def test_all_bad_prices_are_named_at_once():
    frame = table([1.0, 0.0, -2.5]).assign(B=[np.inf, 1.0, np.nan])
    with pytest.raises(PriceDataError) as caught:
        Prices(frame)
    text = str(caught.value)
    assert "3 values are wrong" in text
    for cell in ("A on 2022-01-13: 0", "A on 2022-01-14: -2.5", "B on 2022-01-12: inf"):
        assert cell in text


def test_many_bad_prices_are_listed_to_twenty_and_counted():
    with pytest.raises(PriceDataError) as caught:
        Prices(table([-1.0] * 50))
    assert str(caught.value).count("A on ") == 20
    assert "50 values are wrong" in str(caught.value)
    assert "and 30 more" in str(caught.value)


def test_as_prices_takes_frames_named_series_and_prices():
    prices = as_prices(table())
    assert isinstance(prices, Prices)
    assert prices.clocks == {"A": None}
    assert as_prices(prices) is prices
    assert as_prices(table()["A"]).assets == ("A",)
    with pytest.raises(InvalidArgumentError, match="rename"):
        as_prices(table()["A"].rename(None))
    with pytest.raises(InvalidArgumentError, match="not list"):
        as_prices([1.0, 2.0])


def test_unknown_assets_are_answered_with_the_nearest(case):
    with pytest.raises(UnknownNameError, match="Did you mean 'IMOEX'"):
        case.series("IMOX")
    with pytest.raises(UnknownNameError, match="Did you mean 'A'"):
        Prices(table(), {"a": "18:50 Europe/Moscow"})
    with pytest.raises(UnknownNameError, match="provenance of 'X'"):
        Prices(table(), provenance={"X": case.provenance["IMOEX"]})
    with pytest.raises(InvalidArgumentError, match="clock of 'A'"):
        Prices(table(), {"A": 18.50})


def test_digest_is_that_of_the_documented_text():
    frame = table([100.0, np.nan, 0.1 + 0.2])
    text = "2022-01-12,100.0\n2022-01-14,0.30000000000000004\n"
    found = Prices(frame.assign(B=1.0)).provenance["A"]
    assert found.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert dataclasses.asdict(found)["sha256"] == found.sha256
    assert dataclasses.replace(found, quote="points").sha256 == found.sha256
    assert (found.source, found.symbol, found.rows, found.ended) == ("DataFrame", "A", 2, False)


def test_prices_can_be_sent_to_another_process(case):
    again = pickle.loads(pickle.dumps(case))
    pd.testing.assert_frame_equal(again.frame, case.frame)
    assert again.clocks == case.clocks
    assert again.provenance == case.provenance


def test_prices_say_what_they_are(case):
    assert "IMOEX: sample IMOEX, 543 sessions, 2020-01-03 to 2022-02-25" in repr(case)
    assert len(repr(Prices(pd.concat([table(name=f"S{i}") for i in range(99)], axis=1)))) < 1500


# Sources


def without_clock(source):
    """What to write in the file of a source whose series have no clock."""
    return f'{type(source).__module__}: write clock=Clock("18:00", "Europe/London") in PriceSeries'


def test_a_source_that_lacks_what_every_source_has_is_told_its_file_and_the_lines():
    class Bare:
        __module__ = "eventstudy.prices.sources.bare"
        name, examples = "bare", ("X",)

    class Live(Bare):
        __module__ = Bare.__module__
        summary, options, pause = "live", (), 1.0

        def fetch(self, *_):
            pass

    with pytest.raises(TypeError, match=r"sources/bare\.py: write in class Bare:\n") as local:
        registry.named({"BARE": Bare()})
    lines = str(local.value).splitlines()[1:]
    assert [line.split(" = ")[0].strip() for line in lines[:2]] == [
        "summary",
        "options: tuple[str, ...]",
    ]
    assert "def load(self, symbol, options) -> PriceSeries" in lines[2]
    with pytest.raises(TypeError, match=r"class Live:\n    def check") as live:
        registry.named({"LIVE": Live()})
    assert "load" not in str(live.value)
    assert registry.named(vars(registry)) == SOURCES


@pytest.mark.parametrize("name", [n for n, own in SOURCES.items() if hasattr(own, "load")])
def test_source_keeps_the_contract(name, tmp_path):
    source = SOURCES[name]
    assert source.name == name
    assert source.summary
    assert "\n" not in source.summary
    assert source.examples
    for symbol in source.examples:
        options = {}
        if "folder" in source.options:  # the user's own files
            write(tmp_path, "date,close\n2022-01-13,2\n2022-01-12,1\n", symbol)
            options = {"folder": tmp_path}
        series = source.load(symbol, options)
        index = series.prices.index
        assert isinstance(index, pd.DatetimeIndex)
        assert index.tz is None
        assert index.is_monotonic_increasing
        assert index.is_unique
        assert (index == index.normalize()).all()
        assert np.isfinite(series.prices).all()
        assert (series.prices > 0).all()
        assert isinstance(series.clock, Clock) or "clock" in source.options, without_clock(source)
        assert series.attribution
        assert isinstance(series.ended, bool)
        assert series.provenance.rows == len(index)
        assert series.provenance.source == name


def test_ecb_ruble_ended_on_1_march_2022(case):
    found = case.provenance["RUBUSD"]
    assert (found.first, found.last) == (dt.date(2005, 4, 1), dt.date(2022, 3, 1))
    assert found.ended
    assert not case.provenance["EMFX"].ended
    assert case.clocks["RUBUSD"] == Clock("14:15", "Europe/Berlin")
    assert found.attribution == "Source: ECB"
    assert found.quote == "USD per RUB: up = RUB strengthens against USD"


def test_ecb_quote_and_its_inverse_are_reciprocal():
    both = load_prices({"up": "ecb:RUB/USD", "down": "ecb:USD/RUB"}).frame
    np.testing.assert_allclose(both["up"] * both["down"], 1.0, rtol=1e-14)
    assert both["up"].dropna().lt(1).all()  # dollars per ruble, not rubles per dollar


def test_ecb_crosses_agree_with_the_converter(converter):
    pairs = {"RUB/USD", "USD/RUB", "EUR/USD", "JPY/EUR", "GBP/CHF"}
    prices = load_prices({pair: f"ecb:{pair}" for pair in pairs})
    for pair in pairs:
        base, unit = pair.split("/")
        for session, price in prices.series(pair)["2021-11-01":"2022-02-28"].items():
            expected = converter.convert(1, base, unit, session.date())
            assert price == pytest.approx(expected, rel=1e-12)


def test_ecb_basket_is_the_geometric_mean_of_dollars_per_unit(case, converter):
    members = ["ZAR", "MXN", "BRL", "INR", "IDR", "KRW"]
    sessions = case.series("EMFX")["2021-12-01":"2022-01-31"]
    assert len(sessions) == 44
    for session, price in sessions.items():
        product = 1.0
        for member in members:
            product *= converter.convert(1, member, "USD", session.date())
        assert price == pytest.approx(product ** (1 / 6), rel=1e-12)


def test_ecb_basket_has_the_sessions_of_all_members(case):
    assert case.provenance["EMFX"].first == dt.date(2009, 1, 2)  # the rupee is the youngest
    single = load_prices({code: f"ecb:{code}/USD" for code in ("ZAR", "MXN", "BRL", "INR")})
    common = single.frame.dropna().index
    assert case.series("EMFX").index.isin(common).all()


@pytest.mark.parametrize(
    ("symbol", "told"),
    [
        ("RUX/USD", "no currency 'RUX'.*Did you mean 'RUB'"),
        ("rub/usd", "neither a pair"),
        ("RUB", "neither a pair"),
        ("RUB/USD; rm", "neither a pair"),
        ("USD/USD", "USD more than once"),
        ("basket/USD: ZAR MXN ZAR", "ZAR more than once"),
        ("basket/USD: ZAR USD", "USD more than once"),
        ("basket/USD:", "neither a pair"),
        ("CYP/INR", "share no day"),
    ],
)
def test_ecb_symbol_that_does_not_exist(symbol, told):
    with pytest.raises(NoSuchSymbolError, match=told):
        load_prices({"A": f"ecb:{symbol}"})


def test_sample_is_attributed_and_ended(case):
    found = case.provenance["IMOEX"]
    assert found.attribution == "Source: Moscow Exchange"
    assert found.ended
    assert case.clocks["IMOEX"] == Clock("18:50", "Europe/Moscow")
    with pytest.raises(NoSuchSymbolError, match="Did you mean 'IMOEX'"):
        load_prices({"A": "sample:IMOX"})


def test_sample_is_found_inside_a_zip(tmp_path):
    package = Path(eventstudy.__file__).parent
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in [
            *package.rglob("*.py"),
            *package.glob("*.toml"),
            *package.glob("tables/*.toml"),
            *package.glob("prices/data/*"),
        ]:
            packed.write(file, Path("eventstudy") / file.relative_to(package))
    code = (
        "import eventstudy; from eventstudy.prices import load_prices as load;"
        "print(eventstudy.__file__, len(load({'A': 'sample:IMOEX'}).frame))"
    )
    environment = {**os.environ, "PYTHONPATH": str(archive)}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert ran.stdout.split() == [str(archive / "eventstudy" / "__init__.py"), "543"], ran.stderr


# Requests


def test_all_that_is_wrong_with_a_request_is_told_at_once():
    request = {
        "A": "ecb:RUX/USD",
        "B": "sampel:IMOEX",
        "C": {"source": "csv", "symbol": "x.csv", "delimeter": ";"},
        "D": "IMOEX",
        "E": {"symbol": "RUB/USD"},
        "good": "ecb:RUB/USD",
    }
    with pytest.raises(PriceError) as caught:
        load_prices(request)
    text = str(caught.value)
    assert text.startswith("5 series cannot be loaded")
    assert "good" not in text
    for told in (
        "A: the ECB has no currency 'RUX'",
        "B: unknown price source 'sampel'. Did you mean 'sample'?",
        "C: source 'csv' has no option 'delimeter'. Did you mean 'delimiter'?",
        "D: 'IMOEX' is not of the form",
        "E: {'symbol': 'RUB/USD'} names no price source",
    ):
        assert told in text
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        ({}, InvalidArgumentError),
        ("ecb:RUB/USD", InvalidArgumentError),
        ({"A": "moon:IMOEX"}, UnknownNameError),
        ({"A": {"source": "ecb", "symbol": "RUB/USD", "clock": "x"}}, UnknownNameError),
        ({"A": {"source": "ecb", "symbol": 7}}, InvalidArgumentError),
        ({"A": 7}, InvalidArgumentError),
        ({"A": "csv:x\x00.csv"}, NoSuchSymbolError),
    ],
)
def test_request_that_cannot_be_answered(request_, kind):
    with pytest.raises(kind):
        load_prices(request_)


@pytest.mark.parametrize("as_option", [False, True])
def test_url_is_refused_and_never_fetched(as_option):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/prices.csv"
        request = {"source": "csv", "path": url} if as_option else f"csv:{url}"
        try:
            with pytest.raises(EventStudyError, match="is a URL"):
                load_prices({"A": request})
        finally:
            server.shutdown()
    assert asked == []


# Files of the user's


def test_csv_is_read_in_any_order_with_its_clock_and_words(tmp_path):
    write(tmp_path, "\ufeffDate,Close\r\n2022-01-14,3\r\n2022-01-13,\r\n\r\n2022-01-12,1.5\r\n")
    request = {
        "source": "csv",
        "path": "prices.csv",
        "date_column": "Date",
        "clock": "18:50 Europe/Moscow",
        "quote": "points",
        "attribution": "Source: the desk",
        "ended": True,
    }
    prices = load_prices({"A": request}, folder=tmp_path)
    expected = {"2022-01-12": 1.5, "2022-01-14": 3.0}
    assert {f"{day:%Y-%m-%d}": price for day, price in prices.series("A").items()} == expected
    assert prices.clocks["A"] == Clock("18:50", "Europe/Moscow")
    found = prices.provenance["A"]
    assert (found.symbol, found.quote, found.ended) == ("prices.csv", "points", True)
    assert found.attribution == "Source: the desk"


def test_csv_columns_are_found_or_asked_for(tmp_path):
    write(tmp_path, "day,open,CLOSE\n2022-01-12,1,2\n", "close.csv")
    write(tmp_path, "open,DATE\n1,2022-01-12\n", "two.csv")
    write(tmp_path, "date,open,high\n2022-01-12,1,2\n", "asks.csv")
    assert one(tmp_path, "close.csv").tolist() == [2.0]
    assert one(tmp_path, "close.csv", column="open").tolist() == [1.0]
    assert one(tmp_path, "two.csv").tolist() == [1.0]
    assert one(tmp_path, "asks.csv", column="HIGH", date_column="Date").tolist() == [2.0]
    with pytest.raises(PriceDataError, match=r'column = "...": open, high'):
        one(tmp_path, "asks.csv")
    with pytest.raises(PriceDataError, match=r"1 problem.*\n.*column: .*Did you mean 'high'"):
        one(tmp_path, "asks.csv", column="hihg")
    with pytest.raises(PriceDataError, match="date_column: there is no such column"):
        one(tmp_path, "asks.csv", column="high", date_column="when")


def test_csv_delimiter_is_read_and_said(tmp_path):
    write(tmp_path, "date;close\n2022-01-12;1234,5\n")
    request = {"A": {"source": "csv", "symbol": "prices.csv"}}
    told = load_prices(request, folder=tmp_path)
    assert told.series("A").tolist() == [1234.5]
    assert any('delimiter = ";"' in note for note in told.provenance["A"].notes)
    assert any('decimal = ","' in note for note in told.provenance["A"].notes)
    with pytest.raises(PriceDataError, match='Set decimal = ","'):
        one(tmp_path, delimiter=";")
    assert one(tmp_path, delimiter=";", decimal=",").tolist() == [1234.5]
    write(tmp_path, "date\tclose\n2022-01-12\t1\n", "tab.csv")
    assert one(tmp_path, "tab.csv").tolist() == [1.0]
    assert one(tmp_path, "tab.csv", delimiter="\t").tolist() == [1.0]


@pytest.mark.parametrize("cell", ["true", "FALSE", "True"])
def test_csv_true_and_false_are_no_prices(tmp_path, cell):
    write(tmp_path, f"date,close\n2022-01-12,1\n2022-01-13,{cell}\n")
    with pytest.raises(PriceDataError, match=f"csv:3: close: not a number.*{cell}.*is no price"):
        one(tmp_path)


def test_csv_lists_every_problem_with_its_line(tmp_path):
    text = (
        "date,close\n13.01.2022,1\n2022-02-30,1\n2022-01-14,0\n2022-01-17,-37.63\n"
        '2022-01-18,1e999\n2022-01-19,nan\n2022-01-20,"3,829.95"\n2022-01-21,1,5\n'
        '2022-01-24,1\n"2022-01-24",2\n20220125,1\n2022-01-26,1_000\n,4\n'
    )
    write(tmp_path, text)
    with pytest.raises(PriceDataError) as caught:
        one(tmp_path)
    lines = {problem.line: problem for problem in caught.value.problems}
    assert list(lines) == [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14]
    told = {
        2: "date: not a date (found '13.01.2022')",
        3: "found '2022-02-30'",
        4: "greater than zero (found '0')",
        5: "found '-37.63'",
        6: "finite",
        7: "not a number (found 'nan')",
        8: "thousands separators",
        9: "3 cells, but the header has 2",
        11: "already on line 10",
        12: "found '20220125'",
        13: "found '1_000'",
        14: "no date",
    }
    assert all(text in str(lines[line]) for line, text in told.items())
    kinds = [line.split("prices.csv:")[1] for line in str(caught.value).splitlines()[1:]]
    assert kinds[0].startswith(
        "2: date: 3 × not a date (lines 2, 3 and 12; found '13.01.2022', '2022-02-30', '20220125')."
    )
    assert kinds[1].startswith("4: close: 3 × a price is finite and greater than zero (lines 4,")
    assert len(kinds) == 7


def test_csv_with_many_problems_has_a_sentence_for_each_kind(tmp_path):
    write(tmp_path, "date,close\n" + "".join(f"{n}.01.2022,1\n" for n in range(100, 150)))
    with pytest.raises(PriceDataError) as caught:
        one(tmp_path)
    assert "50 problems" in str(caught.value)
    assert "date: 50 × not a date (lines 2–51; found '100.01.2022', " in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"date,close\n", "no price at all"),
        (b"date,close\n2022-01-12,\n", "no price at all"),
        (b"2022-01-12,1\n", "no header"),
        (b'date,close\n2022-01-12,"1\n', "not CSV"),
        ("date,close\n2022-01-12,1\nprix moyen \xe9,1\n".encode("latin-1"), "encoding = "),
        ("date,close\n2022-01-1\u0663,1\n".encode(), "not a date"),
    ],
)
def test_csv_that_cannot_be_read(tmp_path, content, told):
    (tmp_path / "prices.csv").write_bytes(content)
    with pytest.raises(PriceDataError, match=told):
        one(tmp_path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"delimiter": "::"}, "'delimiter'"),
        ({"decimal": "_"}, "'decimal'"),
        ({"ended": "yes"}, "true or false"),
        ({"column": 3}, "must be text"),
        ({"clock": "18:50"}, "not a clock"),
    ],
)
def test_csv_option_that_cannot_be_used(tmp_path, options, told):
    write(tmp_path, "date,close\n2022-01-12,1\n")
    with pytest.raises(InvalidArgumentError, match=told):
        one(tmp_path, **options)


def test_csv_folder_holds_one_file_for_each_symbol(tmp_path):
    (tmp_path / "prices").mkdir()
    write(tmp_path / "prices", "date,close\n2022-01-12,1\n", "IMOEX.csv")
    write(tmp_path, "date,close\n2022-01-12,6\n", "secret.csv")
    (tmp_path / "prices" / "link.csv").symlink_to(tmp_path / "secret.csv")
    prices = load_prices(
        {"A": {"source": "csv", "path": "prices", "symbol": "IMOEX"}}, folder=tmp_path
    )
    assert prices.series("A").tolist() == [1.0]
    assert prices.provenance["A"].symbol == "IMOEX"
    assert prices.provenance["A"].attribution == "Source: file prices/IMOEX.csv"
    with pytest.raises(NoSuchSymbolError, match="Did you mean 'IMOEX'"):
        one(tmp_path, "IMOX", path="prices")
    for outside in ("../secret", "link", ".", "IMOEX/../../secret"):
        with pytest.raises(NoSuchSymbolError, match="not the name of a file"):
            one(tmp_path, outside, path="prices")
    with pytest.raises(InvalidArgumentError, match="is a folder"):
        one(tmp_path, "prices")


def test_csv_provenance_does_not_tell_where_the_file_lies(tmp_path):
    path = write(tmp_path, "date,close\n2022-01-12,1\n")
    found = load_prices({"A": f"csv:{path}"}).provenance["A"]
    assert str(tmp_path) not in repr(found)
    assert found.symbol == "prices.csv"


def test_csv_that_is_not_there(tmp_path):
    write(tmp_path, "date,close\n2022-01-12,1\n")
    with pytest.raises(NoSuchSymbolError, match=r"Did you mean 'prices\.csv'"):
        one(tmp_path, "price.csv")
    with pytest.raises(NoSuchSymbolError, match="there is no file"):
        one(tmp_path, "nowhere/price.csv")
    with pytest.raises(InvalidArgumentError, match="name a file"):
        one(tmp_path, "")
