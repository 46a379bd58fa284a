"""When statements may have been made: the bounds of many events at once, as instants in UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.design.sessions import utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from eventstudy.arrays import Dates, Mask
    from eventstudy.events.events import Event
    from eventstudy.prices import Clock

_DAY = np.timedelta64(1, "D")
_TICK = np.timedelta64(1, "us")


@dataclass(frozen=True)
class PossibleTimes:
    """When each of many statements may have been made.

    Parameters
    ----------
    start, end : ndarray of datetime64[us], shape (events,)
        First and last possible instant in UTC, the same where the time is known. Without a
        clock: midnight of the date, without a zone.
    dates : ndarray of datetime64[D], shape (events,)
        Dates of the statements in the zone of the clock; as written where the time is unknown.
    end_dates : ndarray of datetime64[D], shape (events,)
        Dates of `end` in the zone of the clock.
    """

    start: Dates
    end: Dates
    dates: Dates
    end_dates: Dates


def possible_times(events: Sequence[Event], clock: Clock | None) -> PossibleTimes:
    """Return the first and the last possible time of every statement.

    An unknown time lies between `not_before`, else the midnight that begins the date, and
    `known_by`, else the last microsecond of the date. An event without a zone is in that of
    the clock. A local time that occurs twice (clocks go back) means its first occurrence.

    Parameters
    ----------
    events : sequence of Event
        The events.
    clock : Clock or None
        When the prices are struck; None where sessions are mere dates.

    Returns
    -------
    PossibleTimes
    """
    # by whole numbers: numpy takes six times as long to read dates
    ordinals = np.array([event.date.toordinal() for event in events], dtype=np.int64)
    written = (ordinals - dt.date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    if clock is None:
        midnight = written.astype("datetime64[us]")
        return PossibleTimes(midnight, midnight, written, written)
    zones = np.array([event.timezone or clock.timezone for event in events], dtype=object)
    lower = [event.time or event.not_before for event in events]
    upper = [event.time or event.known_by for event in events]
    start = _instants(_local(written, lower, 0 * _DAY), zones)
    end = _instants(_local(written, upper, _DAY - _TICK), zones)
    elsewhere = np.array([event.time is not None for event in events], dtype=bool)
    elsewhere &= zones != clock.timezone
    dates = np.where(elsewhere, _local_dates(start, clock.timezone), written)
    return PossibleTimes(start, end, dates, _local_dates(end, clock.timezone))


def _local(dates: Dates, times: Sequence[dt.time | None], otherwise: np.timedelta64) -> Dates:
    """Return dates with times of day; `otherwise` after midnight where the time is None."""
    whole = otherwise.astype("timedelta64[us]").astype(int)
    microseconds = [
        whole
        if time is None
        else ((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.microsecond
        for time in times
    ]
    local: Dates = dates + np.array(microseconds, dtype=np.int64).astype("timedelta64[us]")
    return local


def _instants(local: Dates, zones: NDArray[np.object_]) -> Dates:
    """Return local times of different zones as instants in UTC."""
    instants = np.empty(len(local), dtype="datetime64[us]")
    for zone in dict.fromkeys(zones.tolist()):
        rows: Mask = zones == zone
        first = np.ones(int(rows.sum()), dtype=bool)
        there = pd.DatetimeIndex(local[rows]).tz_localize(
            ZoneInfo(zone), ambiguous=first, nonexistent="NaT"
        )
        instants[rows] = there.tz_convert("UTC").tz_localize(None).to_numpy()
    for row in np.flatnonzero(np.isnat(instants)):  # a midnight that the clocks skip
        skipped: dt.datetime = local[row].item()
        instants[row] = utc(skipped.replace(tzinfo=ZoneInfo(zones[row])))
    return instants


def _local_dates(instants: Dates, zone: str) -> Dates:
    """Return the dates of instants in a zone."""
    there = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(ZoneInfo(zone))
    dates: Dates = there.tz_localize(None).to_numpy().astype("datetime64[D]")
    return dates
