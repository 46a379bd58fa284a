"""What a study does not depend on: the order of its rows, and sessions that no window reaches."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.design.alignment import Alignment, align
from eventstudy.design.day0 import days0
from eventstudy.design.possible_times import possible_times
from eventstudy.design.reach import within_reach
from eventstudy.design.sessions import Calendar
from eventstudy.events.event_columns import columns_of
from eventstudy.prices.quality.calendars import coming

SESSIONS = pd.bdate_range("2021-01-04", periods=400, name="session")
CLOCK = "16:00 America/New_York"


def made_prices(names=("AAA",), sessions=SESSIONS, clock=CLOCK):
    moves = np.random.default_rng(5).normal(0, 0.01, (len(sessions), len(names)))
    frame = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), sessions, list(names))
    return es.Prices(frame, dict.fromkeys(names, clock))


def made_events(days, **columns):
    frame = pd.DataFrame({"event_id": [f"e{i}" for i in range(len(days))], "date": days})
    cells = {"title": "t", "timezone": "UTC", "time": "12:00", **columns}
    return es.read_events(frame.assign(**cells))


def used(events, prices, windows=None, models=None):
    models = models or {name: es.models.ConstantMean() for name in prices.assets}
    return within_reach(events, prices, models, windows or es.Windows(), es.Options())


def last(prices, name="AAA"):
    return prices.series(name).index[-1]


def by_search(sessions, strikes, start, end, max_shift):
    """First and latest possible day 0 and the shift, by looking at one session after another."""

    def first_after(instant):
        later = (row for row, strike in enumerate(strikes) if strike > instant)
        return next(later, len(sessions))

    first, latest = first_after(start), first_after(end)
    if first == len(sessions) or (sessions[first] - start.date()).days > max_shift:
        return first, -1, -1
    near = latest < len(sessions) and (sessions[latest] - end.date()).days <= max_shift
    return first, first, latest if near else -1


@settings(max_examples=200, deadline=None)
@given(
    st.dates(dt.date(2021, 1, 4), dt.date(2022, 9, 1)),
    st.none() | st.times(),
    st.none() | st.times(),
    st.sampled_from([CLOCK, "10:00-11:30 Europe/Moscow"]),
)
def test_day0_by_searching_through_all_sessions(day, one, two, clock):
    """Two bounds, one, or a known time, in the zone of the clock; with and without a closure."""
    bounds = sorted(bound.replace(second=0, microsecond=0) for bound in (one, two) if bound)
    text = [f"{bound:%H:%M}" for bound in bounds]
    cells = {"time": "", "not_before": text[0], "known_by": text[1]} if len(bounds) > 1 else {}
    zone = ZoneInfo(clock.split()[-1])
    try:
        events = made_events([day], **{"time": "".join(text), "timezone": zone.key, **cells})
    except es.EventsError:
        return  # a local time that the clocks skip or repeat
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    lower, upper = (bounds[0], bounds[-1]) if bounds else (dt.time(), None)
    start = dt.datetime.combine(day, lower, zone)
    end = dt.datetime.combine(day, upper, zone) if upper else midnight - dt.timedelta.resolution
    closes = dt.time(16) if clock == CLOCK else dt.time(11, 30)
    for sessions in (SESSIONS, SESSIONS[40:].delete(slice(20, 80))):
        dates = [session.date() for session in sessions]
        strikes = [dt.datetime.combine(date, closes, zone) for date in dates]
        first, day0, latest = by_search(dates, strikes, start, end, 5)
        labels = sessions.to_numpy().astype("datetime64[D]")
        days = days0(events.records, Calendar("A", labels, es.Clock.parse(clock), ended=False), 5)
        assert days.first[0] == first
        assert (days.position[0], days.latest_position[0]) == (day0, latest)
        assert days.certain[0] == (day0 >= 0 and day0 == latest)
        assert days.accepted[0] == (day0 >= 0)


def test_many_events_are_placed_as_each_of_them_alone():
    """Of several zones, with known, bounded and unknown times, on both sides of a closure."""
    days = [f"2021-{month:02d}-{day}" for month in (1, 3, 6, 10, 11) for day in (15, 14, 29)]
    zones = ["UTC", "Asia/Tokyo", "America/New_York"] * 5
    times = ["12:00", "", "23:30", "", "16:00"] * 3
    events = made_events(days, timezone=zones, time=times, not_before=["", "09:00", "", "", ""] * 3)
    labels = SESSIONS.delete(slice(30, 60)).to_numpy().astype("datetime64[D]")
    for clock in (es.Clock.parse(CLOCK), es.Clock.parse("9:00-11:30 Asia/Tokyo"), None):
        calendar = Calendar("A", labels, clock, ended=False)
        together = days0(events.records, calendar, 5)
        for row, event in enumerate(events):
            alone, whole = align(event, calendar, 5), Alignment(together, row)
            for name in ("day0", "latest", "certain", "partly", "shift_days", "rule", "reason"):
                assert getattr(alone, name) == getattr(whole, name), (event.event_id, name)


def test_a_midnight_that_the_clocks_skip():
    """In Beirut 28 March 2021 began at 01:00: an unknown time begins with that instant."""
    event = made_events(["2021-03-28"], time="", timezone="Asia/Beirut")
    times = possible_times(columns_of(event.records), es.Clock.parse(CLOCK))
    assert str(times.start[0]) == "2021-03-27T22:00:00.000000"
    assert str(times.end[0]) == "2021-03-28T20:59:59.999999"


def test_sessions_that_no_window_reaches_are_left_out():
    events = made_events([SESSIONS[300], SESSIONS[320]])
    prices = used(events, made_prices())
    assert last(prices) == SESSIONS[325]
    origin = prices.provenance["AAA"]
    assert (origin.rows, origin.last) == (326, SESSIONS[325].date())
    later = used(events, made_prices(sessions=SESSIONS[:350]))
    assert later.frame.equals(prices.frame)
    assert later.provenance["AAA"].sha256 == origin.sha256


def test_the_numbers_are_those_of_the_whole_series():
    events = made_events([SESSIONS[300], SESSIONS[320]])
    whole = es.run_study(events, made_prices())
    part = es.run_study(events, used(events, made_prices()))
    pd.testing.assert_frame_equal(whole.car(), part.car(), check_exact=True)


@pytest.mark.parametrize(
    ("days", "end"),
    [
        ([300, 399], 399),  # its window is not complete: all sessions count
        ([300, 397], 399),
        ([300], 305),
    ],
)
def test_a_window_that_is_not_complete_takes_all_there_is(days, end):
    assert last(used(made_events([SESSIONS[day] for day in days]), made_prices())) == SESSIONS[end]


def test_an_event_to_come_does_not_lengthen_a_series():
    events = made_events([SESSIONS[300], SESSIONS[-1] + pd.Timedelta(days=10)])
    assert last(used(events, made_prices())) == SESSIONS[305]


def test_an_uncertain_day0_counts_to_its_latest():
    events = made_events([SESSIONS[300]], time="", timezone="America/New_York")
    assert last(used(events, made_prices())) == SESSIONS[306]


def test_a_short_event_window_leaves_room_for_the_specification_curve():
    windows = es.Windows(event=(0, 0), car=((0, 0),))
    assert last(used(made_events([SESSIONS[300]]), made_prices(), windows)) == SESSIONS[304]


def test_a_factor_goes_as_far_as_the_assets_that_it_explains():
    prices = made_prices(("AAA", "BBB", "MKT"))
    events = made_events([SESSIONS[300], SESSIONS[340]], assets=["AAA", "BBB"])
    models = {"AAA": es.models.ConstantMean(), "BBB": es.models.MarketModel("MKT")}
    found = used(events, prices, models=models)
    assert [last(found, name) for name in ("AAA", "BBB", "MKT")] == [
        SESSIONS[305],
        SESSIONS[345],
        SESSIONS[345],
    ]


def test_a_claim_lengthens_the_series_to_the_session_after_it():
    day = f"{SESSIONS[350]:%Y-%m-%d}"
    events = made_events([SESSIONS[300]], claims=f"AAA:-2.2%@{day}")
    assert last(used(events, made_prices())) == SESSIONS[351]


def test_a_series_that_fell_silent_has_ended():
    prices = made_prices(("AAA", "BBB"))
    frame = prices.frame.copy()
    frame.loc[SESSIONS[330] :, "AAA"] = np.nan
    prices = es.Prices(frame, prices.clocks)
    events = made_events([SESSIONS[300], SESSIONS[390]])
    found = used(events, prices)
    assert found.provenance["AAA"].ended
    assert not found.provenance["BBB"].ended
    left = es.run_study(events, found).left_out.set_index(["event_id", "asset"])
    assert left.loc[("e1", "AAA"), "reason"] == "series ends 2022-04-08"
    nobody = used(made_events([SESSIONS[300]]), prices)  # no event that it could have had
    assert not nobody.provenance["AAA"].ended


def test_a_source_that_was_asked_long_after_its_last_price_has_ended():
    prices = made_prices()
    asked = dt.datetime(2023, 6, 1, tzinfo=dt.UTC)
    origin = replace(prices.provenance["AAA"], fetched_at=asked)
    late = es.Prices(prices.frame, prices.clocks, {"AAA": origin})
    events = made_events([SESSIONS[300], "2023-03-01"])
    assert used(events, late).provenance["AAA"].ended
    stale = es.Prices(prices.frame, prices.clocks, {"AAA": replace(origin, stale="offline")})
    assert not used(events, stale).provenance["AAA"].ended


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)), st.permutations(["event_id", "date", "title", "b", "a", "tags"]))
def test_events_in_order_do_not_depend_on_how_the_file_is_arranged(rows, columns):
    frame = pd.DataFrame(
        {
            "event_id": list("qwerty"),
            "date": [f"2022-01-{day}" for day in (13, 12, 13, 11, 14, 13)],
            "title": [f"T{i}" for i in range(6)],
            "b": list("uiopas"),
            "a": list("dfghjk"),
            "tags": ["x;y"] * 6,
        }
    )
    straight = es.read_events(frame).in_order()
    shuffled = es.read_events(frame.iloc[list(rows)][list(columns)]).in_order()
    assert straight.event_ids == ("r", "w", "e", "q", "y", "t")
    assert shuffled.columns == straight.columns == ("event_id", "date", "title", "tags", "a", "b")
    assert [own.cells for own in shuffled.rows] == [own.cells for own in straight.rows]
    plain = [replace(event, line=0) for event in straight]
    assert [replace(event, line=0) for event in shuffled] == plain
    assert [list(event.attributes) for event in shuffled] == [["a", "b"]] * 6


@pytest.mark.parametrize(
    ("name", "after", "days"),
    [
        ("XNYS", "2025-11-26", ["2025-11-28", "2025-12-01"]),  # Thanksgiving
        ("TARGET", "2025-12-24", ["2025-12-29", "2025-12-30"]),
        ("XMOS", "2021-12-30", ["2022-01-03", "2022-01-04"]),
        (None, "2025-12-24", ["2025-12-25", "2025-12-26"]),
        ("none", "2026-01-02", ["2026-01-05", "2026-01-06"]),
    ],
)
def test_coming_sessions_are_those_of_the_exchange(name, after, days):
    found = coming(name, dt.date.fromisoformat(after))
    both = [next(found), next(found)]
    assert [str(day) for day, _ in both] == days
    assert all(known is (name not in (None, "none")) for _, known in both)


def test_beyond_its_calendar_weekdays_are_counted_and_said_so():
    found = coming("XSHG", dt.date(2040, 1, 5))
    assert next(found) == (dt.date(2040, 1, 6), False)


@pytest.mark.parametrize(
    ("time", "due"),
    [("12:00", "pending until 2022-11-28"), ("23:00", "pending until 2022-11-29")],
)
def test_a_pending_event_names_the_day_on_which_its_window_is_complete(time, due):
    """Friday 25 November 2022, after Thanksgiving; the primary window is [0, +1]."""
    events = made_events(["2022-11-25"], time=time, timezone="America/New_York")
    left = es.run_study(events, made_prices()).left_out
    assert left["reason"].tolist() == [due]
    assert left["pending"].tolist() == [True]
