"""Moments as whole seconds of UTC, and the clocks of places: the same in both directions."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from eventstudy.arrays import Dates, Ints

SECONDS = {"m": 60, "h": 3600, "d": 86_400}
"""Seconds of a minute, an hour, a day."""


def days_of(days: Dates) -> list[dt.date]:
    """Return dates as Python has them."""
    listed: list[dt.date] = days.astype("datetime64[D]").tolist()
    return listed


@lru_cache(200_000)
def _offset(day: int, clock: int, zone: str) -> int:
    """Return how many seconds a zone is ahead of UTC at a local time of day.

    A time that the clocks skip is read with the offset before, a doubled one is its first.
    """
    when = dt.datetime(1970, 1, 1) + dt.timedelta(days=day, seconds=clock)
    offset = when.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def utc_seconds(days: Dates, clock: int, zone: str) -> Ints:
    """Return the moments at which a clock shows a time on each of some days.

    Parameters
    ----------
    days : ndarray of datetime64[D]
        Dates of that clock.
    clock : int
        Seconds since midnight; 86,400 is the midnight after.
    zone : str
        Its zone.

    Returns
    -------
    ndarray of int
        Seconds since 1970, UTC.
    """
    numbers = days.astype("datetime64[D]").astype(np.int64)
    local = numbers * SECONDS["d"] + clock
    return local - np.array([_offset(day, clock, zone) for day in numbers.tolist()], dtype=np.intp)


@lru_cache(2_000)
def _changes(zone: str, first: int, last: int) -> tuple[Ints, Ints]:
    """Return the moments from which each offset of a zone holds, by days, and the offsets."""
    noon = SECONDS["d"] // 2
    days = range(first, last + 1)
    offsets = [_offset(day, noon, zone) for day in days]
    starts, values = [first * SECONDS["d"] - SECONDS["d"]], [offsets[0]]
    for day, before, after in zip(days[1:], offsets, offsets[1:], strict=False):
        if before != after:
            starts.append(_change(zone, day))
            values.append(after)
    return np.array(starts, dtype=np.intp), np.array(values, dtype=np.intp)


def _change(zone: str, day: int) -> int:
    """Return the moment, within the day before a noon, at which the offset of a zone changes."""
    place = ZoneInfo(zone)

    def offset(moment: int) -> float:
        there = dt.datetime.fromtimestamp(moment, dt.UTC).astimezone(place).utcoffset()
        assert there is not None
        return there.total_seconds()

    high = day * SECONDS["d"] + SECONDS["d"]
    low = high - 3 * SECONDS["d"]
    after = offset(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if offset(middle) == after else (middle, high)
    return high


def local_seconds(moments: Ints, zone: str) -> Ints:
    """Return what a clock of a zone shows at moments, as seconds since its own 1970."""
    if not len(moments):
        return moments
    low, high = int(moments.min()) // SECONDS["d"], int(moments.max()) // SECONDS["d"]
    starts, offsets = _changes(zone, low - 2, high + 2)
    return moments + offsets[np.searchsorted(starts, moments, side="right") - 1]
