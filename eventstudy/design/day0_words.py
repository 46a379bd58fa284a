"""How day 0 of an event was found, and why it has none, in words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.words.numbers import count, weekday_date

if TYPE_CHECKING:
    import datetime as dt

    from eventstudy.design.day0 import Days0
    from eventstudy.design.sessions import Calendar
    from eventstudy.events.events import Event
    from eventstudy.prices import Clock


def rule_of(days0: Days0, row: int, event: Event | None = None) -> str:
    """Say how day 0 of an event was found.

    What it says of an event that is pending does not change with every new session.

    Parameters
    ----------
    days0 : Days0
        Day 0 of the events of an asset.
    row : int
        An event.
    event : Event, optional
        The event itself, where it is at hand: one of many is made when it is asked for.
    """
    calendar, event = days0.calendar, days0.event(row) if event is None else event
    if calendar.clock is None:
        said = f"dates only: first session on or after {_day(event.date)}"
    else:
        said = _time_words(event, calendar.clock)
    if days0.first[row] == len(calendar.sessions):
        if calendar.ended:
            last = calendar.sessions[-1]
            return f"{said}: no price is struck after it, the series ends {last}"
        return f"{said}: no price that is struck after it is there yet"
    shift = int(days0.shift_days[row])
    if calendar.clock is None:
        later = f", {_later(shift)}" if shift else ""
        return f"{said} is {_day(calendar.sessions[days0.first[row]])}{later}"
    said += _session_words(days0, row)
    if shift > 0:
        said += f"; {_later(shift)} ({_why_later(calendar, days0.times.dates[row])})"
    if days0.averaged[row]:
        said += "; made inside the averaging window, so that price contains it only partly"
    return said


def reason_of(days0: Days0, row: int) -> str:
    """Say why an event has no day 0; empty where it has one.

    Parameters
    ----------
    days0 : Days0
        Day 0 of the events of an asset.
    row : int
        An event.
    """
    calendar = days0.calendar
    if days0.accepted[row]:
        return ""
    if days0.first[row] == len(calendar.sessions):
        eve = days0.eve(row)
        return calendar.ends() if eve is None else calendar.due(eve)
    session = calendar.sessions[days0.first[row]]
    if days0.first[row] == 0:
        return f"before the first price ({session})"
    return (
        f"closure: the first price after the statement is that of {session}, "
        f"{days0.shift_days[row]} days later (at most {days0.max_shift} are accepted)"
    )


@lru_cache(10_000)
def _day(date: np.datetime64 | dt.date) -> str:
    return weekday_date(pd.Timestamp(date))


def _later(days: int) -> str:
    return count(days, "day later", "days later")


def _time_words(event: Event, clock: Clock) -> str:
    """Say when a statement was made, in its own zone or that of the clock."""
    zone = event.timezone or clock.timezone
    if event.time is not None:
        return f"stated {event.time:%H:%M} {zone}"
    lower = f"{event.not_before:%H:%M}" if event.not_before else "00:00"
    upper = f"{event.known_by:%H:%M}" if event.known_by else "24:00"
    whose = zone if event.timezone else f"{zone}, the zone of the price, as the event names none"
    return f"time unknown, between {lower} and {upper} {whose}"


def _session_words(days0: Days0, row: int) -> str:
    """Say which price is the first after a statement, and which else it may be."""
    calendar, first, candidate = days0.calendar, days0.first[row], days0.candidate[row]
    price = _price_words(calendar, calendar.sessions[first])
    if candidate == first:
        if days0.times.start[row] != days0.times.end[row]:
            return f": at any of these times the next price is {price}"
        return f": the first price struck after it is {price}"
    if candidate >= 0:
        other = f"or that of {_day(calendar.sessions[candidate])}"
    else:
        other = _no_candidate(calendar, int(days0.latest[row]))
    return f": the first price struck after it is {price}, {other}"


def _price_words(calendar: Calendar, session: np.datetime64) -> str:
    assert calendar.clock is not None
    early = calendar.early_close(session)
    when = calendar.clock.on(pd.Timestamp(session).date())
    return f"that of {_day(session)} ({f'{early} that day' if early else when})"


def _no_candidate(calendar: Calendar, latest: int) -> str:
    """Say where the latest possible day 0 lies when it is none of the usable sessions."""
    if latest < len(calendar.sessions):
        return f"or one after the closure that follows {calendar.sessions[latest - 1]}"
    if calendar.ended:
        return f"or one after the last session ({calendar.sessions[-1]})"
    return "or one whose price is not there yet"


def _why_later(calendar: Calendar, date: np.datetime64) -> str:
    """Say why the first price after a statement is not that of its date."""
    if date not in calendar.sessions:
        return f"no session on {_day(date)}"
    early = calendar.early_close(date)
    return f"after that day's price: {early} that day" if early else "after that day's price"
