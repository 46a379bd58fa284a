"""When statements may have been made: the bounds of many events at once, as instants in UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.arrays import Dates, Ints, Mask
from eventstudy.design.sessions import utc
from eventstudy.events.event_columns import NO_CLOCK, EventColumns
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
    written : ndarray of datetime64[D], shape (events,)
        Dates as written.
    """

    start: Dates
    end: Dates
    dates: Dates
    end_dates: Dates
    written: Dates

    def take(self, rows: Ints) -> PossibleTimes:
        """Return those of some statements, by position."""
        return PossibleTimes(*(getattr(self, each.name)[rows] for each in fields(self)))


def possible_times(events: EventColumns, clock: Clock | None) -> PossibleTimes:
    """Return the first and the last possible time of every statement.

    An unknown time lies between `not_before`, else the midnight that begins the date, and
    `known_by`, else the last microsecond of the date. An event without a zone is in that of
    the clock. A local time that occurs twice (clocks go back) means its first occurrence.

    Parameters
    ----------
    events : EventColumns
        The events.
    clock : Clock or None
        When the prices are struck; None where sessions are mere dates.

    Returns
    -------
    PossibleTimes
    """
    written = events.dates
    if clock is None:
        midnight = written.astype("datetime64[us]")
        return PossibleTimes(midnight, midnight, written, written, written)
    zones = tuple(zone or clock.timezone for zone in events.zones)
    time, lower, upper = events.clocks
    known = time != NO_CLOCK
    start = _instants(_local(written, np.where(known, time, lower), 0 * _DAY), events.zone, zones)
    end = _instants(_local(written, np.where(known, time, upper), _DAY - _TICK), events.zone, zones)
    elsewhere = np.array([zone != clock.timezone for zone in zones], dtype=bool)
    dates = np.where(known & elsewhere[events.zone], _local_dates(start, clock.timezone), written)
    return PossibleTimes(start, end, dates, _local_dates(end, clock.timezone), written)


def _local(dates: Dates, clocks: NDArray[np.int64], otherwise: np.timedelta64) -> Dates:
    """Return dates with times of day; `otherwise` after midnight where there is none."""
    whole = otherwise.astype("timedelta64[us]").astype(int)
    times = np.where(clocks == NO_CLOCK, whole, clocks).astype("timedelta64[us]")
    return np.asarray(dates + times)


def _instants(local: Dates, zone: Ints, zones: tuple[str, ...]) -> Dates:
    """Return local times of different zones as instants in UTC."""
    instants = np.empty(len(local), dtype="datetime64[us]")
    for name in dict.fromkeys(zones):
        rows: Mask = np.array([other == name for other in zones], dtype=bool)[zone]
        if not rows.any():
            continue
        first = np.ones(int(rows.sum()), dtype=bool)
        there = pd.DatetimeIndex(local[rows]).tz_localize(
            ZoneInfo(name), ambiguous=first, nonexistent="NaT"
        )
        instants[rows] = there.tz_convert("UTC").tz_localize(None).to_numpy()
    for row in np.flatnonzero(np.isnat(instants)):  # a midnight that the clocks skip
        skipped: dt.datetime = local[row].item()
        instants[row] = utc(skipped.replace(tzinfo=ZoneInfo(zones[zone[row]])))
    return instants


def _local_dates(instants: Dates, zone: str) -> Dates:
    """Return the dates of instants in a zone."""
    there = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(ZoneInfo(zone))
    return np.asarray(there.tz_localize(None).to_numpy(), dtype="datetime64[D]")
