"""Moments as whole seconds of UTC, and the clocks of places: the same in both directions."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.arrays import Dates, Ints

SECONDS = {"m": 60, "h": 3600, "d": 86_400}
"""Seconds of a minute, an hour, a day."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def days_of(days: Dates) -> list[dt.date]:
    """Return dates as Python has them."""
    return list(days.astype("datetime64[D]").tolist())


def shown_moments(moments: Ints, zone: str) -> pd.DatetimeIndex:
    """Return moments as pandas has them, in a zone."""
    return pd.DatetimeIndex(moments.astype("datetime64[s]")).tz_localize("UTC").tz_convert(zone)


BLOCK = 3_660
"""Days for which the changes of a clock are looked up at once, and kept."""


def utc_seconds(days: Dates, clock: int, zone: str) -> Ints:
    """Return the moments at which a clock shows a time on each of some days.

    A time that the clock skips is read as if it had not been set yet; of a time that it shows
    twice, the first is meant.

    Parameters
    ----------
    days : ndarray of datetime64[D]
        Dates of that clock.
    clock : int
        Seconds since midnight; 86,400 is the midnight after, negative ones are of the day before.
    zone : str
        Its zone.

    Returns
    -------
    ndarray of int
        Seconds since 1970, UTC.
    """
    local = days.astype("datetime64[D]").astype(np.int64) * SECONDS["d"] + clock
    if not len(local):
        return local
    changes, offsets = _span(zone, local)
    before = np.concatenate([offsets[:1], offsets[:-1]])
    shown = changes + np.maximum(before, offsets)
    return local - offsets[np.searchsorted(shown, local, side="right") - 1]


def local_seconds(moments: Ints, zone: str) -> Ints:
    """Return what a clock of a zone shows at moments, as seconds since its own 1970."""
    if not len(moments):
        return moments
    changes, offsets = _span(zone, moments)
    return moments + offsets[np.searchsorted(changes, moments, side="right") - 1]


def _span(zone: str, moments: Ints) -> tuple[Ints, Ints]:
    """Return the changes of a clock around moments."""
    low, high = int(moments.min()) // SECONDS["d"] - 3, int(moments.max()) // SECONDS["d"] + 3
    return _changes(zone, low // BLOCK * BLOCK, -(-high // BLOCK) * BLOCK)


@lru_cache(200)
def _changes(zone: str, first: int, last: int) -> tuple[Ints, Ints]:
    """Return the moments from which each offset of a zone holds, and the offsets.

    Parameters
    ----------
    zone : str
        The zone.
    first, last : int
        Days since 1970; it is looked at on each of them, at midnight UTC.
    """
    place = ZoneInfo(zone)
    midnights = [day * SECONDS["d"] for day in range(first, last + 1)]
    offsets = [_offset(place, moment) for moment in midnights]
    starts, values = [midnights[0] - SECONDS["d"]], [offsets[0]]
    for moment, before, after in zip(midnights[1:], offsets, offsets[1:], strict=False):
        if before != after:
            starts.append(_change(place, moment))
            values.append(after)
    return np.array(starts, dtype=np.intp), np.array(values, dtype=np.intp)


def _change(place: ZoneInfo, after: int) -> int:
    """Return the moment, within the day before a moment, from which its offset holds."""
    low, high, new = after - SECONDS["d"], after, _offset(place, after)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(place, middle) == new else (middle, high)
    return high


def _offset(place: ZoneInfo, moment: int) -> int:
    """Return how many seconds a zone is ahead of UTC at a moment."""
    there = (EPOCH + dt.timedelta(seconds=moment)).astimezone(place).utcoffset()
    assert there is not None
    return int(there.total_seconds())
