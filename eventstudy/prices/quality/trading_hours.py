"""The hours of exchanges from exchange_calendars, with their early closes and noon breaks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from eventstudy.arrays import Dates, Ints
from eventstudy.errors import UnknownNameError
from eventstudy.prices.quality.calendars import (
    built,
    clock_on,
    early_closes,
    in_utc,
    trading_calendar,
)


@dataclass(frozen=True, eq=False)
class TradingHours:
    """The spans in which an exchange was open.

    Parameters
    ----------
    zone : str
        Its time zone.
    session : ndarray of datetime64[D], shape (spans,)
        Trading day of each span; a day with a noon break has two.
    start, end : ndarray of int, shape (spans,)
        Seconds since 1970 UTC.
    """

    zone: str
    session: Dates
    start: Ints
    end: Ints


@cache
def trading_hours(name: str, first: int, last: int) -> TradingHours:
    """Return the hours of an exchange in whole years.

    Parameters
    ----------
    name : str
        A name in exchange_calendars such as ``"XNYS"``.
    first, last : int
        Years, both included.

    Returns
    -------
    TradingHours

    Raises
    ------
    UnknownNameError
        When there is no such exchange, or exchange_calendars cannot build its calendar here.
    """
    start, end = dt.date(first, 1, 1), dt.date(last, 12, 31)
    days = trading_calendar(name, start, end).sessions
    calendar = built(name)
    if calendar is None:
        raise UnknownNameError(f"the hours of {name} cannot be made with this version of pandas")
    zone = str(calendar.tz)
    opens = _moments(days, calendar.open_times, int(calendar.open_offset), zone)
    closes = _moments(days, calendar.close_times, int(calendar.close_offset), zone)
    if (early := early_closes(name, start, end)) is not None:
        place = np.searchsorted(days, early.days)
        there = (place < len(days)) & np.isin(early.days, days)
        closes[place[there]] = early.closes[there].astype("datetime64[s]").astype(np.int64)
    if calendar.break_start_times is None or calendar.break_end_times is None:
        return TradingHours(zone, days, opens, closes)
    noon = _moments(days, calendar.break_start_times, 0, zone)
    after = _moments(days, calendar.break_end_times, 0, zone)
    afternoon = closes > after
    session = np.concatenate([days, days[afternoon]])
    starts = np.concatenate([opens, after[afternoon]])
    ends = np.concatenate([np.minimum(noon, closes), closes[afternoon]])
    order = np.argsort(starts, kind="stable")
    return TradingHours(zone, session[order], starts[order], ends[order])


def _moments(days: Dates, times: Any, offset: int, zone: str) -> Ints:
    """Return the moments at which rules of the package open or close on each day."""
    local = (days + np.timedelta64(offset, "D")).astype("datetime64[s]") + clock_on(days, times)
    return np.asarray(in_utc(local, zone).astype("datetime64[s]"), dtype=np.int64)
