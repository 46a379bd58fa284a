"""When exchanges open and close, beside the schedule of the package that knows it."""

import datetime as dt

import pytest

from eventstudy.prices.quality.hours import EXCHANGES, exchange_hours
from eventstudy.tables.times import HOURS

KNOWN = [
    ("America/New_York", "2021-11-26", "09:30", "13:00"),  # NYSE: the day after Thanksgiving
    ("America/New_York", "2021-11-24", "09:30", "16:00"),
    ("Europe/London", "2021-12-24", "08:00", "12:30"),  # LSE: Christmas Eve
    ("Asia/Tokyo", "2024-11-01", "09:00", "15:00"),  # JPX: half an hour longer since 5 November
    ("Asia/Tokyo", "2024-11-05", "09:00", "15:30"),
    ("Asia/Hong_Kong", "2010-03-01", "10:00", "16:00"),  # HKEX opened at 10:00 until March 2011
]


@pytest.mark.parametrize(("zone", "day", "opens", "closes"), KNOWN)
def test_hours_are_those_of_the_day(zone, day, opens, closes):
    assert exchange_hours(zone, dt.date.fromisoformat(day)) == (opens, closes)


def test_a_zone_without_a_known_exchange_has_no_hours():
    assert exchange_hours("Asia/Tbilisi", dt.date(2022, 3, 16)) is None


@pytest.mark.parametrize("zone", HOURS)
def test_ordinary_hours_are_near_to_those_of_the_exchange(zone):
    assert zone in EXCHANGES
    opens, closes = exchange_hours(zone, dt.date(2025, 3, 12))
    assert opens == HOURS[zone][0]
    late = {"Europe/Moscow": "18:45"}.get(zone, HOURS[zone][1])  # the auction ends at 18:50
    assert closes == late
