"""Midnight, weekends, parts, breaks, half days, halts: what is trading, and what is not."""

import numpy as np
import pandas as pd
import pytest
from minute_bars import events_at, loaded, walk, weekdays

import eventstudy as es

DAYS = weekdays(66)
EVENT = DAYS[-1]
WINDOWS = es.MinuteWindows(10, 20, also=())


def round_the_clock(weekend, until="2021-12-20", tz="America/New_York"):
    """Ten-minute bars of a random walk since August; without or with the weekend."""
    index = pd.date_range("2021-08-15", until, freq="10min", tz="UTC")
    there = index.tz_convert(tz)
    day, hour = there.day_of_week, there.hour
    shut = (day == 5) | ((day == 4) & (hour >= 17)) | ((day == 6) & (hour < 17))
    index = index if weekend else index[~shut]
    steps = np.random.default_rng(3).normal(0, 2e-4, len(index))
    return pd.DataFrame({"close": 100 * np.exp(steps.cumsum())}, index=index)


def measured(frame, stamp, timezone, windows=WINDOWS, **columns):
    request = {"source": frame, "label": "start", "minutes": 10, "market": "FX", **columns}
    row = {"event_id": "e", "date": stamp[0], "time": stamp[1], "title": "e"}
    events = es.read_events(pd.DataFrame([row]), timezone=timezone)
    return es.run_minutes(events, es.load_bars({"A": request}), windows=windows)


def only(results):
    (row,) = results.car().itertuples()
    return row


@pytest.mark.parametrize(
    ("stamp", "zone", "options"),
    [
        (("2021-12-15", "17:00"), "America/New_York", {}),  # between two days of currencies
        (("2021-12-15", "16:50"), "America/New_York", {}),
        (("2021-12-15", "00:00"), "America/New_York", {}),
        (("2021-12-15", "00:00"), "Europe/Moscow", {"clock": "Europe/Moscow"}),
        (("2021-12-15", "00:00"), "UTC", {"market": "always"}),
        (("2021-12-11", "23:50"), "UTC", {"market": "always"}),  # a Saturday
    ],
)
def test_a_window_across_midnight_or_the_end_of_a_day_of_currencies(stamp, zone, options):
    weekend = options.get("market") == "always"
    frame = round_the_clock(weekend)
    results = measured(frame, stamp, zone, **options)
    row = only(results)
    moment = pd.Timestamp(" ".join(stamp), tz=zone)
    prices = frame["close"]
    first = prices[moment - pd.Timedelta(minutes=20)]  # begins then, ends ten minutes later
    last = prices[moment + pd.Timedelta(minutes=10)]
    assert row.car == pytest.approx(np.log(last / first))
    assert row.n == 60
    steps = np.log(prices).diff() ** 2
    inside = steps[moment - pd.Timedelta(minutes=10) : moment + pd.Timedelta(minutes=10)]
    assert row.rv == pytest.approx(inside.sum())
    assert results.path("e", "A")["car"].notna().all()


def test_the_weekend_of_currencies_is_a_night_among_weekends():
    results = measured(round_the_clock(weekend=False), ("2021-12-11", "12:00"), "America/New_York")
    (row,) = results.overnight().itertuples()
    assert (f"{row.start:%a %H:%M}", f"{row.end:%a %H:%M}") == ("Fri 17:00", "Sun 17:10")
    assert row.n == 16  # weekends before
    assert not row.valid
    (left,) = results.left_out.itertuples()
    assert left.cure.startswith("Look at its row in overnight()")


@pytest.mark.parametrize("time", ["16:50", "17:00"])
def test_a_window_that_leaves_the_week_of_currencies_is_refused(time):
    day = "2021-12-17" if time == "16:50" else "2021-12-12"  # a Friday, a Sunday
    results = measured(round_the_clock(weekend=False), (day, time), "America/New_York")
    assert results.left_out["reason"].tolist() == ["window leaves the session"]


def test_the_morning_of_derivatives_goes_over_into_the_main_session():
    frame = walk(DAYS, start="07:00", end="14:00", market="XMOS-derivatives")
    row = only(es.run_minutes(events_at({"e": (EVENT, "10:00")}), loaded(frame), windows=WINDOWS))
    assert (f"{row.start:%H:%M}", f"{row.end:%H:%M}", row.n) == ("09:50", "10:20", 60)


def test_a_half_day_ends_early_and_is_no_ordinary_day_of_its_afternoon():
    """New York, 26 November 2021: trading ended at 13:00."""
    sessions = [
        (start, end)
        for day in pd.bdate_range(end="2021-12-10", periods=72)
        for start, end in es.sessions("XNYS", f"{day:%Y-%m-%d}")[["start", "end"]].to_numpy()
    ]
    labels = [pd.date_range(start, end, freq="10min")[:-1] for start, end in sessions]
    index = labels[0].append(labels[1:])
    steps = np.random.default_rng(1).normal(0, 1e-3, len(index))
    frame = pd.DataFrame({"close": 100 * np.exp(steps.cumsum())}, index=index)
    after = measured(frame, ("2021-11-29", "14:00"), "America/New_York", market="XNYS")
    assert np.datetime64("2021-11-26") not in after.window("e", "A").ordinary.days
    morning = measured(frame, ("2021-11-29", "11:00"), "America/New_York", market="XNYS")
    assert np.datetime64("2021-11-26") in morning.window("e", "A").ordinary.days
    late = measured(frame, ("2021-11-26", "12:50"), "America/New_York", market="XNYS")
    assert "after = 10 or less" in late.left_out["cure"].iloc[0]
    closed = measured(frame, ("2021-11-26", "13:30"), "America/New_York", market="XNYS")
    assert closed.overnight()["kind"].tolist() == ["overnight"]


def without(frame, start, end):
    """Bars without those of some minutes of the event's day."""
    gone = (frame.index >= f"{EVENT} {start}+03:00") & (frame.index < f"{EVENT} {end}+03:00")
    kept = frame[~gone]
    kept.attrs = frame.attrs
    return kept


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("12:05", "12:18", ""),  # over before the end of the window
        ("11:45", "11:50", ""),  # five minutes old
        ("11:44", "11:50", "no trade within the limit"),
        ("12:14", "12:40", "no trade within the limit"),
        ("12:15", "18:40", "bars end before the window does"),  # there may be more to come
    ],
)
def test_a_halt_is_refused_where_a_price_is_too_old_or_not_known_yet(start, end, reason):
    frame = without(walk(DAYS), start, end)
    results = es.run_minutes(events_at({"e": (EVENT, "12:00")}), loaded(frame), windows=WINDOWS)
    assert results.left_out["reason"].tolist() == ([reason] if reason else [])
    assert len(results.car()) == (not reason)
    if reason:
        assert results.left_out["pending"].iloc[0] == reason.startswith("bars end")


def test_the_first_price_of_a_part_is_known_after_its_first_bar():
    frame = loaded(walk(DAYS))
    results = es.run_minutes(events_at({"e": (EVENT, "10:10")}), frame, windows=WINDOWS)
    assert "write before = 9 or less" in results.left_out["cure"].iloc[0]
    nine = es.MinuteWindows(9, 20, also=())
    assert len(es.run_minutes(events_at({"e": (EVENT, "10:10")}), frame, windows=nine).car()) == 1


def test_a_statement_after_the_last_bars_waits_for_the_next_opening():
    results = es.run_minutes(
        events_at({"e": (EVENT, "18:43")}), loaded(walk(DAYS)), windows=WINDOWS
    )
    left = results.left_out.set_index("reason")["pending"].to_dict()
    night = "overnight: bars end before the window does"
    assert left == {"auction or break": False, night: True}


def bounded(first, last):
    events = events_at({"e": (EVENT, None)}, not_before=[first], known_by=[last])
    return es.run_minutes(events, loaded(walk(DAYS)), windows=WINDOWS)


def test_bounds_from_the_night_into_the_day_are_all_news_since_the_evening():
    results = bounded("08:00", "12:00")
    (row,) = results.overnight().itertuples()
    assert row.label == "all news since the evening"
    assert (f"{row.start:%m-%d %H:%M}", f"{row.end:%H:%M}") == ("12-16 18:40", "12:20")


def test_bounds_that_end_after_trading_are_not_measured_by_the_minute():
    results = bounded("18:00", "20:00")
    assert not len(results.overnight())
    (row,) = results.left_out.itertuples()
    assert row.reason == "outside the session"
    assert "measure it by the day, or narrow its bounds" in row.cure


def test_known_by_so_late_that_the_window_leaves_says_what_fits():
    events = events_at({"e": (EVENT, None)}, known_by=["18:30"])
    left = es.run_minutes(events, loaded(walk(DAYS)), windows=WINDOWS).left_out
    assert left["cure"].tolist() == ["Write after = 10 or less, or measure it by the day."]


def test_prices_that_stand_still():
    frame = walk(DAYS)
    still = frame.assign(close=100.0)
    still.attrs = frame.attrs
    row = only(es.run_minutes(events_at({"e": (EVENT, "12:00")}), loaded(still), windows=WINDOWS))
    assert (row.car, row.valid) == (0.0, False)
    assert row.reason == "the volatility of the days before is not known"
    assert np.isnan(row.rv_share)


@pytest.mark.parametrize(
    ("minutes", "end", "reason"),
    [
        (10, "18:40", ""),
        (60, "18:00", "its edges are no ends of the factor's bars of 60 minutes"),
    ],
)
def test_a_factor_is_measured_over_the_same_minutes_or_not_at_all(minutes, end, reason):
    frame, factor = walk(DAYS), walk(DAYS, seed=5, minutes=minutes, end=end)
    request = {**frame.attrs["request"], "source": frame, "factor": "F"}
    bars = es.load_bars({"A": request, "F": {**factor.attrs["request"], "source": factor}})
    results = es.run_minutes(events_at({"e": (EVENT, "12:00")}), bars, windows=WINDOWS)
    row = results.car().set_index("asset").loc["A"]
    assert row.no_residual == reason
    assert np.isnan(row.residual) == bool(reason)


def test_a_factor_without_a_price_at_an_edge_says_so():
    frame = walk(DAYS)
    factor = without(walk(DAYS, seed=5), "11:40", "11:55")
    request = {**frame.attrs["request"], "source": frame, "factor": "F"}
    bars = es.load_bars({"A": request, "F": {**factor.attrs["request"], "source": factor}})
    results = es.run_minutes(events_at({"e": (EVENT, "12:00")}), bars, windows=WINDOWS)
    row = results.car().set_index("asset").loc["A"]
    assert row.no_residual == "the factor has no price at an edge of the window"
