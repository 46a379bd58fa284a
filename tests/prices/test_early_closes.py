"""Day 0 where an exchange closed before its usual time: the price of that day is struck then.

The days and hours are those that the exchanges announced: New York 13:00 on the day after
Thanksgiving and on Christmas Eve, and before Independence Day; London 12:30 on Christmas and
New Year's Eve; Xetra 14:00 on the last trading day; Paris 14:05; Hong Kong 12:00.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.design.alignment import align
from eventstudy.design.day0 import possible_days
from eventstudy.design.sessions import Calendar
from eventstudy.events.event_columns import columns_of
from eventstudy.prices.quality.calendars import TARGET, calendar_of, early_closes

NEW_YORK = "16:00 America/New_York"
NYSE = (
    "2018-07-03 2018-11-23 2018-12-24 2019-07-03 2019-11-29 2019-12-24 2020-11-27 2020-12-24 "
    "2021-11-26 2022-11-25 2023-07-03 2023-11-24 2024-07-03 2024-11-29 2024-12-24"
)


def sessions_between(start, end, *closed):
    days = pd.bdate_range(start, end).drop(pd.to_datetime(list(closed)))
    return days.to_numpy().astype("datetime64[D]")


def calendar(clock, sessions, exchange=None):
    own = es.Clock.parse(clock)
    return Calendar("A", sessions, own, ended=True, exchange=exchange or calendar_of(own))


def said(day, time="", **cells):
    row = {"event_id": "e", "date": day, "time": time, "title": "t", **cells}
    return es.read_events(pd.DataFrame([row]), timezone="America/New_York").records[0]


def day0(own, event):
    found = align(event, own, 5)
    assert possible_days(columns_of([event]), own)[0][0] == found.day0
    return str(own.sessions[found.day0]), found


def test_the_early_closes_of_new_york():
    found = early_closes("XNYS", dt.date(2018, 1, 1), dt.date(2024, 12, 31))
    assert found.days.astype(str).tolist() == NYSE.split()
    there = pd.DatetimeIndex(found.closes).tz_localize("UTC").tz_convert("America/New_York")
    assert set(there.strftime("%H:%M")) == {"13:00"}
    assert early_closes("XMOS", dt.date(2018, 1, 1), dt.date(2024, 12, 31)).days.size == 0
    for nobody in (None, "none", TARGET, "ASEX"):  # the last cannot be built on this pandas
        assert early_closes(nobody, dt.date(2018, 1, 1), dt.date(2018, 1, 1)) is None


def test_a_statement_after_the_early_close_is_in_the_next_price():
    own = calendar(NEW_YORK, sessions_between("2021-11-01", "2021-12-31", "2021-11-25"))
    day, found = day0(own, said("2021-11-26", "14:00"))
    assert day == "2021-11-29"
    assert found.rule == (
        "stated 14:00 America/New_York: the first price struck after it is that of Mon 29 Nov 2021 "
        "(16:00 America/New_York); 3 days later (after that day's price: New York closed at 13:00 "
        "that day)"
    )
    day, found = day0(own, said("2021-11-26", "12:59"))
    assert day == "2021-11-26"
    assert "that of Fri 26 Nov 2021 (New York closed at 13:00 that day)" in found.rule
    assert day0(own, said("2021-11-26", "13:00"))[0] == "2021-11-29"  # strictly after
    assert day0(own, said("2021-11-24", "14:00"))[0] == "2021-11-24"  # an ordinary day


def test_bounds_that_an_early_close_lies_between():
    own = calendar(NEW_YORK, sessions_between("2021-11-01", "2021-12-31", "2021-11-25"))
    assert day0(own, said("2021-11-26", not_before="13:30"))[1].certain
    day, found = day0(own, said("2021-11-26", not_before="12:00", known_by="15:00"))
    assert (day, found.certain, found.latest - found.day0) == ("2021-11-26", False, 1)


@pytest.mark.parametrize(
    ("clock", "exchange", "closed", "time", "zone", "early"),
    [
        ("16:30 Europe/London", None, "2021-12-24", "12:30", "Europe/London", True),
        ("16:35 Europe/London", None, "2021-12-31", "13:00", "Europe/London", True),
        ("16:30 Europe/London", None, "2021-12-24", "12:29", "Europe/London", False),
        ("17:30 Europe/Berlin", None, "2021-12-30", "14:00", "Europe/Berlin", True),
        ("17:35 Europe/Berlin", None, "2021-12-30", "16:00", "Europe/Berlin", True),
        ("17:30 Europe/Paris", None, "2021-12-24", "14:10", "Europe/Paris", True),
        ("16:00 Asia/Hong_Kong", None, "2021-12-24", "12:30", "Asia/Hong_Kong", True),
        ("22:00 Europe/Berlin", "XNYS", "2021-11-26", "20:00", "Europe/Berlin", True),
        # the price of noon is there before the exchange closes
        ("12:00 America/New_York", "XNYS", "2021-11-26", "11:59", "America/New_York", False),
        # a price long after the close is another price
        ("18:00 America/New_York", "XNYS", "2021-11-26", "14:00", "America/New_York", False),
        # no calendar, none that closes, none that is checked
        ("16:01 America/New_York", None, "2021-11-26", "14:00", "America/New_York", False),
        (NEW_YORK, "none", "2021-11-26", "14:00", "America/New_York", False),
        ("18:50 Europe/Moscow", None, "2021-12-30", "16:00", "Europe/Moscow", False),
        ("14:15 Europe/Berlin", None, "2021-12-30", "14:10", "Europe/Berlin", False),
        # an averaged fixing, and a price that is labelled with the day before
        ("10:00-15:30 America/New_York", "XNYS", "2021-11-26", "14:00", "America/New_York", False),
        ("16:00 America/New_York +1 day", "XNYS", "2021-11-25", "14:00", "America/New_York", False),
    ],
)
def test_clocks_and_exchanges(clock, exchange, closed, time, zone, early):
    """The statement is made on the day of the strike; is the price of that day too early?"""
    own = calendar(clock, sessions_between("2021-11-01", "2022-01-31"), exchange)
    date = dt.date.fromisoformat(closed) + dt.timedelta(days=own.clock.day_offset)
    day, found = day0(own, said(str(date), time, timezone=zone))
    assert (day > closed) is early
    assert not early or f"closed at {'12:30' if 'London' in clock else '1'}" in found.rule


def test_a_regular_close_that_was_moved_to_a_later_time():
    """Tokyo closed at 15:00 until Friday 1 November 2024, and at 15:30 from the 5th on."""
    own = calendar("15:30 Asia/Tokyo", sessions_between("2024-10-01", "2024-12-31", "2024-11-04"))
    zone = {"timezone": "Asia/Tokyo"}
    assert day0(own, said("2024-11-01", "15:10", **zone))[0] == "2024-11-05"
    assert day0(own, said("2024-11-05", "15:10", **zone))[0] == "2024-11-05"
    earlier = calendar("15:00 Asia/Tokyo", sessions_between("2024-11-05", "2024-12-31"))
    assert day0(earlier, said("2024-11-05", "15:10", **zone))[0] == "2024-11-06"


@settings(max_examples=150, deadline=None)
@given(
    day=st.sampled_from([dt.date.fromisoformat(day) for day in NYSE.split()[8:]]),
    shift=st.integers(-1, 1),
    minute=st.integers(0, 24 * 60 - 1),
)
def test_day0_against_a_search_over_all_closes(day, shift, minute):
    sessions = sessions_between("2021-10-01", "2025-01-31")
    event = said(str(day + dt.timedelta(days=shift)), f"{minute // 60:02d}:{minute % 60:02d}")
    zone = ZoneInfo("America/New_York")
    instant = dt.datetime.combine(event.date, event.time, tzinfo=zone)
    found, _ = day0(calendar(NEW_YORK, sessions), event)
    for label in sessions.tolist():
        hour = 13 if str(label) in NYSE.split() else 16
        if dt.datetime.combine(label, dt.time(hour), tzinfo=zone) > instant:
            assert found == str(label)
            break


def test_a_pending_statement_after_an_early_close_waits_for_the_next_session():
    """Said at 14:00 on 26 November 2021, while the last price is that of the 24th."""
    sessions = sessions_between("2021-06-01", "2021-11-24")
    own = Calendar("A", sessions, es.Clock.parse(NEW_YORK), ended=False, exchange="XNYS")
    assert align(said("2021-11-26", "14:00"), own, 5).reason == "pending until 2021-11-29"
    assert align(said("2021-11-26", "12:00"), own, 5).reason == "pending until 2021-11-26"


def test_the_calendar_that_options_name_counts_in_studies():
    sessions = pd.bdate_range("2020-06-01", "2022-01-31", name="session")
    moves = np.random.default_rng(1).normal(0, 0.01, len(sessions))
    frame = pd.DataFrame({"A": 100 * np.exp(moves.cumsum())}, sessions).drop(
        pd.to_datetime(["2021-11-25"])
    )
    events = pd.DataFrame([{"event_id": "e", "date": "2021-11-26", "time": "14:00", "title": "t"}])
    prices = es.Prices(frame, {"A": "15:59 America/New_York"})
    for given_calendars, expected in (({}, "2021-11-26"), ({"A": "XNYS"}, "2021-11-29")):
        results = es.run_study(
            es.read_events(events, timezone="America/New_York"),
            prices,
            options=es.Options(calendars=given_calendars),
        )
        assert str(results.alignment["day0"].item())[:10] == expected


def test_a_csv_file_with_the_clock_of_new_york(tmp_path):
    """The whole way: file, study.toml, prices within reach, results."""
    sessions = pd.bdate_range("2020-06-01", "2022-01-31", name="date").drop("2021-11-25")
    moves = np.random.default_rng(1).normal(0, 0.01, len(sessions))
    prices = pd.Series(100 * np.exp(moves.cumsum()), sessions, name="close")
    prices.to_csv(tmp_path / "prices.csv")
    (tmp_path / "events.csv").write_text(
        "event_id,date,time,title\nh,2021-11-26,14:00,T\n", "utf-8"
    )
    (tmp_path / "study.toml").write_text(
        'timezone = "America/New_York"\n[windows]\nestimation = [-140, -21]\n[assets.ACME]\n'
        f'source = "csv"\nsymbol = "prices.csv"\nclock = "{NEW_YORK}"\n',
        "utf-8",
    )
    own = es.Study.read(tmp_path / "study.toml")
    assert str(own.run().alignment["day0"].item())[:10] == "2021-11-29"
    assert own.used.frame.index[-1] == pd.Timestamp("2021-12-06")  # five sessions after it
