"""Day 0 of many events at once: positions among the sessions of an asset, without words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.design.alignment import bounds, said_on
from eventstudy.design.sessions import utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Dates, Ints
    from eventstudy.design.sessions import Calendar
    from eventstudy.events.events import Event


def locate(events: Sequence[Event], calendar: Calendar) -> tuple[Ints, Ints]:
    """Return the first sessions after the earliest and the latest time of each event.

    Parameters
    ----------
    events : sequence of Event
        The events.
    calendar : Calendar
        Sessions and clock of an asset.

    Returns
    -------
    tuple of ndarray of int, shape (events,)
        Positions among the sessions; their number stands for none. How far from the statement
        they are is not looked at.
    """
    if calendar.clock is None:
        dates = np.array([event.date for event in events], dtype="datetime64[D]")
        found = np.searchsorted(calendar.sessions, dates)
        return found, found
    times = [bounds(event, calendar.clock) for event in events]
    first = _after([start for start, _ in times], calendar)
    latest = first.copy()
    unknown = [place for place, (start, end) in enumerate(times) if start is not end]
    latest[unknown] = _after([times[place][1] for place in unknown], calendar)
    return first, latest


def _after(instants: Sequence[dt.datetime], calendar: Calendar) -> Ints:
    """Return the position of the first session that is struck strictly after each instant."""
    moments = np.array([utc(instant) for instant in instants], dtype="datetime64[us]")
    return np.searchsorted(calendar.struck(), moments, side="right")


def days0(events: Sequence[Event], calendar: Calendar, max_shift: int) -> tuple[Ints, Dates]:
    """Return day 0 of each event as `align` finds it, of all at once and without words.

    Parameters
    ----------
    events : sequence of Event
        The events.
    calendar : Calendar
        Sessions and clock of an asset.
    max_shift : int
        Largest accepted number of calendar days from the statement to day 0.

    Returns
    -------
    tuple of ndarray, shape (events,)
        Positions among the sessions, -1 where the event is left out; and the dates of the
        events.
    """
    dates = np.array([event.date for event in events], dtype="datetime64[D]")
    first, said = locate(events, calendar)[0], dates
    if calendar.clock is not None:
        said = np.array([said_on(own, calendar.clock) for own in events], dtype="datetime64[D]")
    sessions = calendar.sessions.astype("datetime64[D]")
    shift = (sessions[np.minimum(first, len(sessions) - 1)] - said).astype(int)
    return np.where((first < len(sessions)) & (shift <= max_shift), first, -1), dates
