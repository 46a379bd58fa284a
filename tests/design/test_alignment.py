"""Day 0 of statements: clocks, weekends, holidays, closures, summer time, unknown times."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from golden_data import GOLDEN
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.design.alignment import align
from eventstudy.design.sessions import Calendar

CASES = json.loads((GOLDEN / "clock-cases.json").read_text("utf-8"))

CLOCKS = {
    "IMOEX": "18:50 Europe/Moscow",
    "USDRUB_CBR_setdate": "10:00-11:30 Europe/Moscow",
    "USDRUB_ECB": "14:15 Europe/Berlin",
}


def moex_sessions() -> np.ndarray:
    """The sample's sessions, and the first after the closure of 2022."""
    index = es.load_prices({"IMOEX": "sample:IMOEX"}).series("IMOEX").index
    sessions = index.to_numpy().astype("datetime64[D]")
    return np.append(sessions, np.datetime64("2022-03-24"))


def weekdays(start="2021-12-01", end="2022-04-01") -> np.ndarray:
    return pd.bdate_range(start, end).to_numpy().astype("datetime64[D]")


def calendar(series: str, sessions=None, *, ended=True) -> Calendar:
    if sessions is None:
        sessions = moex_sessions() if series == "IMOEX" else weekdays()
    clock = es.Clock.parse(CLOCKS[series]) if series in CLOCKS else None
    return Calendar(series, sessions, clock, ended)


def event(date: str, time: str = "", **cells: str):
    row = {"event_id": "e", "date": date, "time": time, "title": "t", **cells}
    return es.read_events(pd.DataFrame([row]), timezone="Europe/Moscow")["e"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_clock_case(case):
    text = case["statement_msk"]
    date, time = (text[:10], "") if "date only" in text else text.split()
    if "CLOSURE" in case["note"]:
        strict = align(event(date, time), calendar(case["series"]), 5)
        assert strict.reason.startswith("closure")
        assert strict.shift_days == 27
        assert strict.day0 == -1
        found = align(event(date, time), calendar(case["series"]), 30)
    else:
        found = align(event(date, time), calendar(case["series"]), 5)
    sessions = calendar(case["series"]).sessions
    assert str(sessions[found.day0]) == case["day0"]
    assert str(sessions[found.latest]) == case.get("day0_latest", case["day0"])
    assert found.certain == case.get("certain", True)


def test_saturday_is_measured_on_monday_with_the_shift_in_words():
    found = align(event("2022-01-15", "12:00"), calendar("IMOEX"), 5)
    assert found.shift_days == 2
    assert "Mon 17 Jan 2022" in found.rule
    assert "no session on Sat 15 Jan 2022" in found.rule


def test_statement_at_the_very_minute_of_the_price_waits_for_the_next():
    at, before = event("2022-01-13", "18:50"), event("2022-01-13", "18:49")
    sessions = moex_sessions()
    assert str(sessions[align(at, calendar("IMOEX"), 5).day0]) == "2022-01-14"
    assert str(sessions[align(before, calendar("IMOEX"), 5).day0]) == "2022-01-13"


def test_each_asset_has_its_own_day0():
    late = event("2022-01-13", "17:00")
    assert str(moex_sessions()[align(late, calendar("IMOEX"), 5).day0]) == "2022-01-13"
    ecb = calendar("USDRUB_ECB")
    assert str(ecb.sessions[align(late, ecb, 5).day0]) == "2022-01-14"


@pytest.mark.parametrize(
    ("date", "minute_before", "minute_of"),
    [("2022-01-13", "16:14", "16:15"), ("2021-07-14", "15:14", "15:15")],
)
def test_summer_time_moves_the_fixing_against_moscow(date, minute_before, minute_of):
    fixing = calendar("USDRUB_ECB", weekdays("2021-07-01", "2022-02-01"))
    early = align(event(date, minute_before), fixing, 5)
    late = align(event(date, minute_of), fixing, 5)
    assert str(fixing.sessions[early.day0]) == date
    assert late.day0 == early.day0 + 1


def test_statement_in_another_zone_is_dated_by_the_clock_of_the_price():
    friday_evening = event("2022-02-18", "16:54", timezone="America/New_York")
    found = align(friday_evening, calendar("IMOEX"), 5)
    assert str(moex_sessions()[found.day0]) == "2022-02-21"
    assert found.shift_days == 2  # it was Saturday 00:54 in Moscow


def test_bounds_can_make_an_unknown_time_certain():
    interview = event("2022-01-13", known_by="15:08")
    for series in ("IMOEX", "USDRUB_ECB"):
        found = align(interview, calendar(series), 5)
        assert str(calendar(series).sessions[found.day0]) == "2022-01-13"
        assert found.certain
        assert "at any of these times" in found.rule


def test_unknown_time_keeps_both_candidates():
    found = align(event("2022-01-13", not_before="12:00"), calendar("IMOEX"), 5)
    assert (found.latest - found.day0, found.certain) == (1, False)
    assert "Thu 13 Jan 2022" in found.rule
    assert "Fri 14 Jan 2022" in found.rule


def test_candidate_after_a_closure_is_not_admitted_as_day0():
    """A statement of the last open day may fall after its close: then no session is near."""
    found = align(event("2022-02-25"), calendar("IMOEX"), 5)
    assert str(moex_sessions()[found.day0]) == "2022-02-25"
    assert (found.latest, found.certain) == (-1, False)


def test_inside_an_averaging_window_is_flagged():
    cbr = calendar("USDRUB_CBR_setdate")
    inside = align(event("2022-01-13", "11:00"), cbr, 5)
    assert (str(cbr.sessions[inside.day0]), inside.partly) == ("2022-01-13", True)
    assert "only partly" in inside.rule
    assert not align(event("2022-01-13", "09:00"), cbr, 5).partly


def test_without_a_clock_sessions_are_date_labels():
    plain = calendar("plain", weekdays())
    for time in ("", "23:59"):
        found = align(event("2022-01-13", time), plain, 5)
        assert str(plain.sessions[found.day0]) == "2022-01-13"
        assert found.certain
        assert found.rule.startswith("dates only")
    saturday = align(event("2022-01-15"), plain, 5)
    assert str(plain.sessions[saturday.day0]) == "2022-01-17"


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("series", ["IMOEX", "plain"])
def test_after_the_last_session_is_pending_only_if_the_series_goes_on(series, ended):
    sessions = weekdays()
    found = align(event("2023-05-05", "12:00"), calendar(series, sessions, ended=ended), 5)
    assert found.reason == ("series ends 2022-04-01" if ended else "pending until about 2023-05-05")
    assert found.pending is not ended


def test_before_the_first_price_is_left_out():
    found = align(event("2010-05-05", "12:00"), calendar("IMOEX"), 5)
    assert found.reason == "before the first price (2020-01-03)"


@settings(max_examples=200, deadline=None)
@given(
    minute=st.integers(0, 24 * 60 - 1),
    day=st.dates(dt.date(2020, 2, 1), dt.date(2022, 2, 20)),
    zone=st.sampled_from(["Europe/Moscow", "America/New_York", "Asia/Tokyo", "UTC"]),
)
def test_day0_is_the_first_price_struck_after_the_statement(minute, day, zone):
    """Against a direct search over all sessions, written apart from the code."""
    from zoneinfo import ZoneInfo

    time = dt.time(minute // 60, minute % 60)
    try:
        made = event(day.isoformat(), time.isoformat("minutes"), timezone=zone)
    except es.EventsError:
        return  # a time that summer time skips or repeats
    found = align(made, calendar("IMOEX"), 30)
    instant = dt.datetime.combine(day, time, tzinfo=ZoneInfo(zone))
    moscow = ZoneInfo("Europe/Moscow")
    struck = [
        dt.datetime.combine(pd.Timestamp(s).date(), dt.time(18, 50), tzinfo=moscow)
        for s in moex_sessions()
    ]
    assert found.day0 == min(i for i, s in enumerate(struck) if s > instant)
