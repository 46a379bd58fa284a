"""The quality report: each fault planted in clean prices raises exactly its finding."""

import datetime as dt
import re
import time

import numpy as np
import pandas as pd
import pytest
from clean_prices import LAST, MOSCOW, only, panel, sessions_of, study_of, walk, write
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.errors import PriceDataError, StudyFileError, UnknownNameError
from eventstudy.prices.quality.calendars import (
    TARGET,
    calendar_of,
    check_calendar,
    trading_calendar,
)
from eventstudy.prices.quality.findings import KINDS, frame_of, lines_of
from eventstudy.prices.quality.series_checks import BOUND, SIGMA


@pytest.fixture
def clean():
    return walk(sessions_of("XMOS"))


def days(*texts):
    return tuple(dt.date.fromisoformat(text) for text in texts)


# --- calendars ------------------------------------------------------------------------------


def is_session(name, day):
    date = dt.date.fromisoformat(day)
    return np.datetime64(date) in trading_calendar(name, date, date).sessions


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2021-02-20", True),  # a working Saturday
        ("2018-12-29", True),
        ("2012-03-11", True),  # a working Sunday
        ("2021-02-27", False),
        ("2022-02-25", True),
        ("2022-02-28", False),
        ("2022-03-01", False),
        ("2022-03-23", False),
        ("2022-03-24", True),
        ("2025-02-24", True),
        ("2025-03-10", True),
        ("2025-11-01", True),
        ("2026-03-09", True),
        ("2026-05-11", True),
        ("2022-01-07", False),
    ],
)
def test_moscow_sessions(day, expected):
    assert is_session("XMOS", day) is expected


def test_every_weekend_session_that_the_package_defines_is_there():
    """exchange_calendars on pandas 3.0 has these 23, on pandas 3.1 none of them.

    Its own definitions have one more, 11 January 2009, a working Sunday.
    """
    expected = """
        2006-02-26 2006-05-06 2007-04-28 2007-06-09 2008-05-04 2008-06-07 2008-11-01
        2009-01-11 2010-02-27 2010-11-13 2011-03-05 2012-03-11 2012-04-28 2012-05-05 2012-05-12
        2012-06-09 2016-02-20 2018-04-28 2018-06-09 2018-12-29 2021-02-20 2024-04-27 2024-11-02
        2024-12-28
    """
    found = sessions_of("XMOS", dt.date(2006, 1, 1), dt.date(2024, 12, 31))
    assert [f"{day:%Y-%m-%d}" for day in found if day.weekday() > 4] == re.findall(r"\S+", expected)
    assert is_session("XBOM", "2024-01-20")


def test_the_closure_of_2022_took_sixteen_sessions():
    import exchange_calendars

    calendar = trading_calendar("XMOS", dt.date(2022, 1, 1), dt.date(2022, 12, 31))
    span = pd.bdate_range("2022-02-28", "2022-03-23")
    assert not np.isin(span.to_numpy().astype("datetime64[D]"), calendar.sessions).any()
    with pytest.warns(DeprecationWarning, match="timezone"):
        theirs = exchange_calendars.get_calendar("XMOS", start="2022-01-01", end="2022-12-31")
    assert len(theirs.sessions.intersection(span)) == 16


def test_weekends_of_moscow_since_march_2025_may_be_sessions():
    calendar = trading_calendar("XMOS", dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    weekend = np.array(["2025-03-29", "2025-03-30"], dtype="datetime64[D]")
    assert np.isin(weekend, calendar.optional).all()
    assert not np.isin(weekend, calendar.sessions).any()
    assert len(calendar.surplus(weekend)) == 0
    before = np.array(["2025-02-22"], dtype="datetime64[D]")
    assert len(calendar.surplus(before)) == 1


def test_target_days_are_those_of_the_ecb_since_1999():
    rates = es.load_prices({"EURUSD": "ecb:EUR/USD"})
    index = rates.series("EURUSD").index
    first, last = index[0].date(), index[-1].date()
    assert list(sessions_of(TARGET, first, last)) == list(index)


def test_calendars_beyond_what_is_known_are_not_checked():
    beyond = trading_calendar("XBOM", dt.date(2030, 1, 1), dt.date(2031, 1, 1))
    assert not beyond.known
    for name in ("XTAE", "XBSE", "ASEX"):
        assert not trading_calendar(name, dt.date(2020, 1, 1), dt.date(2021, 1, 1)).known
    found = es.quality(walk(pd.bdate_range("2030-01-01", "2031-01-01")), calendars={"X": "XBOM"})
    assert "(XBOM)" in only(found, "no-calendar").text


def test_the_calendar_of_a_clock():
    assert calendar_of(es.Clock("18:50", "Europe/Moscow")) == "XMOS"
    assert calendar_of(es.Clock("14:15", "Europe/Berlin")) == TARGET
    assert calendar_of(es.Clock("16:00", "America/New_York")) == "XNYS"
    assert calendar_of(es.Clock("18:50", "Europe/Moscow", day_offset=1)) is None
    assert calendar_of(es.Clock("18:50", "Europe/Moscow", averaged_from="10:00")) is None
    assert calendar_of(None) is None
    with pytest.raises(UnknownNameError, match="Did you mean 'XMOS'"):
        check_calendar("XMOZ")


# --- one fault, one finding -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "clock"),
    [("XMOS", MOSCOW), ("XNYS", "16:00 America/New_York"), (TARGET, "14:15 Europe/Berlin")],
)
@pytest.mark.parametrize("seed", range(5))
def test_clean_prices_raise_nothing(name, clock, seed):
    assert es.quality(panel(walk(sessions_of(name), seed), clock)) == ()


def test_no_calendar_is_said(clean):
    finding = only(es.quality(clean), "no-calendar")
    assert (finding.asset, finding.severity) == ("X", "note")
    assert es.quality(clean, calendars={"X": "XMOS"}) == ()
    only(es.quality(panel(clean), calendars={"X": "none"}), "no-calendar")
    many = es.quality(pd.DataFrame({"A": clean, "B": clean}))
    assert (only(many, "no-calendar").asset, many[0].count) == ("", 2)


def test_missing_and_extra_sessions(clean):
    lost = clean.drop(pd.to_datetime(["2019-03-05", "2021-02-20"]))
    finding = only(es.quality(panel(lost)), "missing-session")
    assert finding.dates == days("2019-03-05", "2021-02-20")
    assert "XMOS" in finding.text
    more = pd.concat([clean, pd.Series([101.0], [pd.Timestamp("2021-01-07")])]).sort_index()
    more.loc["2021-01-07"] = more.loc["2021-01-06"] * 1.001
    assert only(es.quality(panel(more)), "extra-session").dates == days("2021-01-07")


def test_forward_filled_weekends_and_holidays(clean):
    daily = clean.asfreq("D").ffill()
    finding = only(es.quality(panel(daily)), "filled-day")
    assert finding.count == len(daily) - len(clean)
    assert dt.date(2021, 1, 7) in finding.dates
    unknown = es.quality(daily)
    assert "filled-day" in {own.kind for own in unknown}
    one = walk(pd.bdate_range("2019-01-01", periods=300)).to_frame()
    one.loc[pd.Timestamp("2019-02-02")] = one.loc["2019-02-01"]
    found = [own for own in es.quality(one) if own.kind != "no-calendar"]
    assert only(found, "filled-day").dates == days("2019-02-02")


@given(start=st.integers(5, 900), length=st.integers(3, 40), seed=st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_a_planted_run_of_equal_prices(start, length, seed):
    series = walk(sessions_of("XMOS"), seed)
    moves = np.log(series).diff()
    moves.iloc[start + 1 : start + length] = 0
    series = 100 * np.exp(moves.fillna(0).cumsum())
    finding = only(es.quality(panel(series)), "stale-run")
    assert finding.count == 1
    assert finding.dates == tuple(series.index[start + 1 : start + length].date)


def test_equal_prices_of_a_coarse_tick_are_chance():
    index = sessions_of("XNYS")
    coarse = (walk(index, sigma=0.004) / 10).round(1) * 10
    assert (coarse.diff() == 0).mean() > 0.3
    found = es.quality(panel(coarse, "16:00 America/New_York"))
    assert "stale-run" not in {own.kind for own in found}


@given(at=st.integers(2, 900), size=st.floats(0.12, 0.9), up=st.booleans(), seed=st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_a_planted_jump_and_a_planted_spike(at, size, up, seed):
    clean = walk(sessions_of("XMOS"), seed)
    factor = np.exp(size * 1.5 if up else -size * 1.5)
    jumped, spiked = clean.copy(), clean.copy()
    jumped.iloc[at:] *= factor
    spiked.iloc[at] *= factor
    for series, kind in ((jumped, "jump"), (spiked, "spike")):
        finding = only(es.quality(panel(series)), kind)
        assert finding.dates == (series.index[at].date(),)


def test_the_bound_of_a_jump_is_as_stated(clean):
    moves = np.diff(np.log(clean.to_numpy()))
    bound = BOUND * SIGMA * np.median(np.abs(moves - np.median(moves)))
    for share, expected in ((0.97, 0), (1.03, 1)):
        series = clean.copy()
        at = 400
        own = np.log(series.iloc[at] / series.iloc[at - 1])
        series.iloc[at:] *= np.exp(np.median(moves) + share * bound - own)
        assert len(es.quality(panel(series))) == expected


def test_sessions_of_another_time_zone():
    clean = walk(sessions_of("XNYS"))
    early = clean.copy()
    early.index = early.index - pd.Timedelta(days=1)
    finding = only(es.quality(early, calendars={"X": "XNYS"}), "time-zone-shift")
    assert "Sunday to Thursday" in finding.text
    assert finding.count >= 46
    late = clean.copy()
    late.index = late.index + pd.Timedelta(days=1)
    found = [own for own in es.quality(late) if own.kind != "no-calendar"]
    assert "Tuesday to Saturday" in only(found, "time-zone-shift").text


def test_only_the_summers_are_a_day_early():
    """Rows of Yahoo's currencies in British summer time are."""
    series = walk(pd.bdate_range("2018-01-01", "2020-12-31"))
    summer = series.index.month.isin(range(4, 11))
    series.index = series.index.where(~summer, series.index - pd.Timedelta(days=1))
    series = series[~series.index.duplicated()].sort_index()
    found = [own for own in es.quality(series) if own.kind != "no-calendar"]
    finding = only(found, "time-zone-shift")
    assert finding.count == 21
    assert {day.month for day in finding.dates} <= set(range(3, 11))


def test_an_exchange_that_is_open_on_sundays_is_not_shifted():
    index = sessions_of("XSAU", dt.date(2021, 2, 1), dt.date(2023, 12, 31))
    assert (index.day_of_week == 6).sum() > 100
    holidays = only(es.quality(walk(index), calendars={"X": "XSAU"}), "closure")
    assert holidays.severity == "note"
    found = [own.kind for own in es.quality(walk(index))]
    assert "time-zone-shift" in found


def test_a_closure_is_a_warning_where_the_exchange_was_open(clean):
    cut = clean[(clean.index < "2020-06-01") | (clean.index > "2020-06-20")]
    finding = only(es.quality(panel(cut)), "closure")
    assert (finding.severity, finding.dates) == ("warning", days("2020-05-29", "2020-06-22"))
    assert "24 days" in finding.text
    index = sessions_of("XMOS", dt.date(2021, 1, 11), dt.date(2022, 12, 30))
    finding = only(es.quality(panel(walk(index))), "closure")
    assert (finding.severity, finding.dates) == ("note", days("2022-02-25", "2022-03-24"))


def test_a_series_that_stops_before_the_others(clean):
    frame = pd.DataFrame({"A": clean, "B": clean.iloc[:-60]})
    clocks = {"A": MOSCOW, "B": MOSCOW}
    finding = only(es.quality(es.Prices(frame, clocks)), "ended-series")
    assert (finding.asset, finding.severity) == ("B", "warning")


def test_tables_that_prices_refuse(clean):
    bad = clean.copy()
    bad.iloc[10], bad.iloc[20], bad.iloc[30] = 0, -5, np.inf
    with pytest.raises(PriceDataError, match="3 values are wrong"):
        es.Prices(bad.to_frame())
    found = es.quality(bad)
    assert found[0].kind == "unusable-price"
    assert (found[0].severity, found[0].count) == ("error", 3)
    assert found[0].dates == tuple(bad.index[[10, 20, 30]].date)
    twice = pd.concat([clean, clean.iloc[[7]]])
    with pytest.raises(PriceDataError, match="more than once: 2018-01-18"):
        es.Prices(twice.to_frame())
    found = es.quality(twice, calendars={"X": "XMOS"})
    assert only(found, "duplicated-date").dates == days("2018-01-18")


def test_returns_are_checked_too(clean):
    returns = clean.pct_change().iloc[1:]
    assert es.quality(es.Returns(returns.to_frame(), {"X": MOSCOW})) == ()
    returns.iloc[50] = 0.5
    only(es.quality(es.Returns(returns.to_frame(), {"X": MOSCOW})), "jump")
    constant = es.Returns(pd.DataFrame({"RF": 0.0001}, clean.index))
    assert es.quality(constant, calendars={"RF": "XMOS"}) == ()


def test_arguments_are_checked(clean):
    with pytest.raises(UnknownNameError, match="no asset"):
        es.quality(clean, calendars={"Y": "XMOS"})
    with pytest.raises(UnknownNameError, match="XMOZ"):
        es.quality(clean, calendars={"X": "XMOZ"})


# --- studies --------------------------------------------------------------------------------


def test_a_clean_study_has_no_finding(clean):
    assert study_of(panel(clean)).quality == ()


def test_findings_outside_the_windows_are_not_those_of_the_study(clean):
    series = clean.copy()
    series.iloc[100:110] = series.iloc[100]  # before the first estimation day, 500 - 271
    series.iloc[700:710] = series.iloc[700]
    assert es.quality(panel(series))[0].count == 2
    assert study_of(panel(series)).quality == ()


def test_gaps_inside_windows(clean):
    lost = clean.index[561]
    found = study_of(panel(clean.drop(lost))).quality
    assert [own.kind for own in found] == ["missing-session", "window-gap"]
    assert found[1].dates == (lost.date(),)
    assert "1 day of event windows (no price)" in found[1].text
    assert "1 episode touched" in found[1].text


def test_days_without_a_factor(clean):
    factor = walk(clean.index, 9).drop(clean.index[[400, 401]])
    prices = es.Prices(pd.DataFrame({"X": clean, "F": factor}), {"X": MOSCOW, "F": MOSCOW})
    results = study_of(prices, model=es.models.MarketModel("F"))
    kinds = {(own.asset, own.kind) for own in results.quality}
    assert kinds == {("F", "missing-session"), ("X", "window-gap")}
    (gap,) = [own for own in results.quality if own.kind == "window-gap"]
    assert gap.dates == tuple(clean.index[400:403].date)
    assert "2 episodes touched" in gap.text


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("22:30 Europe/Moscow", "3.7 hours after X"),
        ("16:00 America/New_York", "4.2 to 5.2 hours after X"),
        ("14:15 Europe/Berlin", "2.6 to 3.6 hours before X"),
    ],
)
def test_a_factor_struck_at_another_time(clean, clock, words):
    prices = es.Prices(
        pd.DataFrame({"X": clean, "F": walk(clean.index, 9)}), {"X": MOSCOW, "F": clock}
    )
    options = {"calendars": {"F": "XMOS"}}
    results = study_of(prices, model=es.models.MarketModel("F"), **options)
    text = only(results.quality, "clock-difference").text
    assert words in text
    assert ("add its lag" in text) is ("after" in words)


def test_a_factor_without_a_clock(clean):
    prices = es.Prices(pd.DataFrame({"X": clean, "F": walk(clean.index, 9)}), {"X": MOSCOW})
    results = study_of(prices, model=es.models.MarketModel("F"), calendars={"F": "XMOS"})
    assert "F has no clock" in only(results.quality, "clock-difference").text


def test_series_shorter_than_the_events(clean):
    begins = only(study_of(panel(clean), at=(200, 560)).quality, "short-series")
    assert "1 event whose estimation window begins before it" in begins.text
    events = pd.DataFrame(
        {"event_id": ["a", "b", "c"], "date": ["2017-01-09", "2020-06-01", "2022-06-01"]}
    ).assign(title="said")
    kinds = {own.kind: own for own in es.run_study(events, panel(clean)).quality}
    assert set(kinds) == {"short-series", "ended-series"}
    assert kinds["ended-series"].text == "ends 2021-12-30: 1 event after it"
    assert "1 event before it" in kinds["short-series"].text


def test_events_within_the_days_of_grace_are_counted_once_a_series_has_ended(clean):
    late = [f"{pd.Timestamp(LAST) + pd.Timedelta(days=days):%Y-%m-%d}" for days in (1, 3, 200)]
    events = pd.DataFrame({"event_id": ["a", "b", "c"], "date": late, "title": "said"})
    finding = only(es.run_study(events, panel(clean)).quality, "ended-series")
    assert "3 events after it" in finding.text


def test_a_new_event_does_not_make_a_series_ended(clean):
    events = pd.DataFrame({"event_id": ["a"], "date": [LAST], "title": ["said"]})
    assert es.run_study(events, panel(clean)).quality == ()


def test_the_embedded_study(example, results):
    """By hand: the sample has every Moscow session, its one Saturday among them."""
    assert "2021-02-20" in map(str, example.prices.series("IMOEX").index.date)
    found = {(own.asset, own.kind): own for own in results.quality}
    assert set(found) == {
        ("RUBUSD", "ended-series"),
        ("IMOEX", "ended-series"),
        ("RUBUSD", "jump"),
        ("IMOEX", "jump"),
    }
    assert found["IMOEX", "jump"].dates == days("2022-02-21", "2022-02-24", "2022-02-25")
    assert "2022-02-24 (−33.3 %)" in found["IMOEX", "jump"].text
    assert found["RUBUSD", "jump"].dates == days("2020-03-09", "2022-02-28")
    assert found["RUBUSD", "ended-series"].dates == days("2022-03-01")
    assert example.quality() == results.quality
    whole = {(own.asset, own.kind) for own in es.quality(example.prices)}
    assert not {kind for _, kind in whole} & {"missing-session", "extra-session", "stale-run"}


def test_kinds_are_explained_and_ordered(results):
    frame = frame_of(results.quality)
    assert set(frame["kind"]) <= set(KINDS)
    assert list(frame["severity"]) == sorted(frame["severity"], reverse=True)
    assert frame_of(()).columns.tolist() == frame.columns.tolist()


def test_many_findings_of_one_kind_share_a_line(clean):
    frame = pd.DataFrame({f"A{n}": walk(clean.index, n) for n in range(30)}).drop(clean.index[9])
    found = es.quality(es.Prices(frame, dict.fromkeys(frame, MOSCOW)))
    assert len(found) == 30
    (line,) = lines_of(found)
    assert line == "warning: 30 series with missing-session: A0, A1, A2, A3, A4 and 25 more"


@pytest.mark.slow
def test_five_hundred_series_take_no_seconds():
    index = sessions_of("XNYS", dt.date(2010, 1, 4), dt.date(2019, 12, 31))
    moves = np.random.default_rng(2).normal(0, 0.01, (len(index), 500))
    frame = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index).add_prefix("A")
    prices = es.Prices(frame, dict.fromkeys(frame, "16:00 America/New_York"))
    start = time.process_time()
    assert es.quality(prices) == ()
    assert time.process_time() - start < 5


# --- study.toml and the report --------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, clean):
    clean.to_csv(tmp_path / "x.csv", index_label="date")
    events = f"event_id,date,title\none,{clean.index[500]:%Y-%m-%d},One\n"
    (tmp_path / "events.csv").write_text(events, "utf-8")
    return tmp_path


def test_the_calendar_in_a_study_file(folder):
    assert only(write(folder, "").quality(), "no-calendar")
    study = write(folder, 'calendar = "XMOS"')
    assert study.options.calendars == {"X": "XMOS"}
    assert study.quality() == ()
    assert {own.kind for own in write(folder, 'calendar = "XNYS"').quality()} >= {"missing-session"}
    with pytest.raises(StudyFileError, match=r"study.toml:4: assets.X.calendar.*XMOS"):
        write(folder, 'calendar = "XMOZ"')
    with pytest.raises(StudyFileError, match="calendar"):
        write(folder, "calendar = 3")


def test_the_section_of_the_report(clean, tmp_path):
    series = clean.copy()
    series.iloc[495:500] = series.iloc[495]
    index = es.write_report(study_of(panel(series), at=(500, 900)), tmp_path)
    page = index.read_text("utf-8")
    assert page.index('id="quality"') < page.index('id="left-out"')
    assert "1 run of 3 or more equal prices" in page
    assert "2 findings" not in page
    assert 'id="quality"' in (tmp_path / "events" / "e500.html").read_text("utf-8")
    assert "stale-run" in (tmp_path / "data" / "quality.csv").read_text("utf-8")


def test_the_section_says_when_there_is_nothing(clean, tmp_path):
    page = es.write_report(study_of(panel(clean)), tmp_path).read_text("utf-8")
    assert "No finding on 1 price series" in page
    assert 'id="quality"' not in (tmp_path / "events" / "e500.html").read_text("utf-8")
