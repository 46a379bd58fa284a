"""From the time of a statement to day 0 of every asset that could have reacted to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.design.sessions import Calendar, utc
from eventstudy.words.numbers import count, weekday_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.events.events import Event, Events
    from eventstudy.prices import Clock

_TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Alignment:
    """Where one event falls on one asset.

    Parameters
    ----------
    event : int
        Position of the event in the events.
    asset : str
        Name of the asset.
    day0 : int
        Position of the earliest possible day 0 among the asset's sessions; -1 when none.
    latest : int
        Position of the latest possible day 0; -1 when it lies beyond the sessions.
    certain : bool
        Whether every possible time of the statement gives the same session.
    partly : bool
        Whether the statement falls inside the averaging window of the price.
    shift_days : int
        Calendar days from the statement to day 0: from its date in the zone of the clock,
        or from the date of the event when its time is unknown.
    rule : str
        How day 0 was found, in words.
    reason : str
        Why the observation is left out; empty when it is not.
    pending : bool
        Whether later prices may complete it.
    eve : date or None
        Of a pending one: the day after which the first session that may contain it comes.
    """

    event: int
    asset: str
    day0: int = -1
    latest: int = -1
    certain: bool = False
    partly: bool = False
    shift_days: int = 0
    rule: str = ""
    reason: str = ""
    pending: bool = False
    eve: dt.date | None = None


@dataclass(frozen=True)
class _Interval:
    """The times at which a statement may have been made, both ends possible."""

    start: dt.datetime
    end: dt.datetime
    words: str


@lru_cache(10_000)
def _day(date: np.datetime64 | dt.date) -> str:
    return weekday_date(pd.Timestamp(date))


def bounds(event: Event, clock: Clock) -> tuple[dt.datetime, dt.datetime]:
    """Return the first and last possible time of a statement."""
    zone = ZoneInfo(event.timezone or clock.timezone)
    combine = dt.datetime.combine
    if event.time is not None:
        time = combine(event.date, event.time, tzinfo=zone)
        return time, time
    start = combine(event.date, event.not_before or dt.time(), tzinfo=zone)
    if event.known_by:
        return start, combine(event.date, event.known_by, tzinfo=zone)
    midnight = combine(event.date + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    return start, midnight - _TICK


def said_on(event: Event, clock: Clock) -> dt.date:
    """Return the date of a statement in the zone of the clock; its own when its time is unknown."""
    if event.time is None or event.timezone in ("", clock.timezone):
        return event.date
    time = dt.datetime.combine(event.date, event.time, tzinfo=ZoneInfo(event.timezone))
    return time.astimezone(ZoneInfo(clock.timezone)).date()


def _interval(event: Event, clock: Clock) -> _Interval:
    """Return the possible times of a statement, in its own zone or that of the clock."""
    name = event.timezone or clock.timezone
    start, end = bounds(event, clock)
    if event.time is not None:
        return _Interval(start, end, f"stated {event.time:%H:%M} {name}")
    lower = f"{event.not_before:%H:%M}" if event.not_before else "00:00"
    upper = f"{event.known_by:%H:%M}" if event.known_by else "24:00"
    whose = name if event.timezone else f"{name}, the zone of the price, as the event names none"
    return _Interval(start, end, f"time unknown, between {lower} and {upper} {whose}")


def _struck_words(calendar: Calendar, session: np.datetime64) -> str:
    assert calendar.clock is not None
    early = calendar.early_close(session)
    when = calendar.clock.on(pd.Timestamp(session).date())
    return f"that of {_day(session)} ({f'{early} that day' if early else when})"


def _beyond(calendar: Calendar, bare: Alignment, said: dt.datetime | dt.date) -> Alignment:
    """Return an alignment for an event after the last session: left out or pending.

    What it says of an event that is pending does not change with every new session.
    """
    if calendar.ended:
        last = calendar.sessions[-1]
        rule = f"{bare.rule}: no price is struck after it, the series ends {last}"
        return replace(bare, rule=rule, reason=calendar.ends())
    rule = f"{bare.rule}: no price that is struck after it is there yet"
    eve = _eve(calendar, said)
    return replace(bare, rule=rule, reason=calendar.due(eve), pending=True, eve=eve)


def _eve(calendar: Calendar, said: dt.datetime | dt.date) -> dt.date:
    """Return the last day whose price, if it had one, would be struck before a statement."""
    clock, day = calendar.clock, dt.timedelta(days=1)
    if clock is None:
        return said - day
    assert isinstance(said, dt.datetime)
    instant = np.datetime64(utc(said), "us")
    label = said.astimezone(ZoneInfo(clock.timezone)).date() + day
    while calendar.struck_on(np.array([label], dtype="datetime64[D]"))[0] > instant:
        label -= day
    return label


def _refuse_far(calendar: Calendar, found: Alignment, max_shift: int) -> Alignment:
    """Return the alignment, left out when its day 0 is too far from the statement."""
    if found.shift_days <= max_shift:
        return found
    session = calendar.sessions[found.day0]
    if found.day0 == 0:
        reason = f"before the first price ({session})"
    else:
        reason = (
            f"closure: the first price after the statement is that of {session}, "
            f"{found.shift_days} days later (at most {max_shift} are accepted)"
        )
    return replace(found, day0=-1, latest=-1, certain=False, partly=False, reason=reason)


def _align_dates_only(event: Event, bare: Alignment, calendar: Calendar) -> Alignment:
    date = np.datetime64(event.date, "D")
    position = int(np.searchsorted(calendar.sessions, date))
    rule = f"dates only: first session on or after {_day(date)}"
    if position == len(calendar.sessions):
        return _beyond(calendar, replace(bare, rule=rule), event.date)
    session = calendar.sessions[position]
    shift = int((session - date).astype(int))
    rule += f" is {_day(session)}" + (f", {_later(shift)}" if shift else "")
    return replace(bare, day0=position, latest=position, certain=True, shift_days=shift, rule=rule)


def _later(days: int) -> str:
    return count(days, "day later", "days later")


def _latest(calendar: Calendar, end: dt.datetime, clock: Clock, max_shift: int) -> int:
    """Position of the latest possible day 0, or -1 when there is no admissible one."""
    position = calendar.first_after(end)
    if position == len(calendar.sessions):
        return -1
    local = np.datetime64(end.astimezone(ZoneInfo(clock.timezone)).date(), "D")
    shift = int((calendar.sessions[position] - local).astype(int))
    return position if shift <= max_shift else -1


def _words(calendar: Calendar, when: _Interval, found: Alignment, local: np.datetime64) -> str:
    """Say how day 0 was found."""
    session = calendar.sessions[found.day0]
    text = when.words
    if not found.certain:
        if found.latest < 0:
            other = _no_latest(calendar, when)
        else:
            other = f"or that of {_day(calendar.sessions[found.latest])}"
        text += f": the first price struck after it is {_struck_words(calendar, session)}, {other}"
    elif when.start != when.end:
        text += f": at any of these times the next price is {_struck_words(calendar, session)}"
    else:
        text += f": the first price struck after it is {_struck_words(calendar, session)}"
    if found.shift_days > 0:
        had, early = local in calendar.sessions, calendar.early_close(local)
        why = "after that day's price" if had else f"no session on {_day(local)}"
        if had and early:
            why = f"after that day's price: {early} that day"
        text += f"; {_later(found.shift_days)} ({why})"
    if found.partly:
        text += "; made inside the averaging window, so that price contains it only partly"
    return text


def _no_latest(calendar: Calendar, when: _Interval) -> str:
    """Say where the latest possible day 0 lies when it is none of the usable sessions."""
    position = calendar.first_after(when.end)
    if position < len(calendar.sessions):
        return f"or one after the closure that follows {calendar.sessions[position - 1]}"
    if calendar.ended:
        return f"or one after the last session ({calendar.sessions[-1]})"
    return "or one whose price is not there yet"


def _align_clock(event: Event, bare: Alignment, calendar: Calendar, max_shift: int) -> Alignment:
    clock = calendar.clock
    assert clock is not None
    when = _interval(event, clock)
    position = calendar.first_after(when.start)
    if position == len(calendar.sessions):
        return _beyond(calendar, replace(bare, rule=when.words), when.start)
    latest = _latest(calendar, when.end, clock, max_shift)
    local = np.datetime64(said_on(event, clock), "D")
    found = replace(
        bare,
        day0=position,
        latest=latest,
        certain=latest == position,
        partly=_inside_average(clock, calendar.sessions[position], when),
        shift_days=int((calendar.sessions[position] - local).astype(int)),
    )
    return replace(found, rule=_words(calendar, when, found, local))


def _inside_average(clock: Clock, session: np.datetime64, when: _Interval) -> bool:
    """Whether a statement may have been made while the session's price was averaged."""
    label = pd.Timestamp(session).date()
    held = clock.on(label)
    if held.averaged_from is None:
        return False
    date = label + dt.timedelta(days=held.day_offset)
    opens = dt.datetime.combine(date, held.averaged_from, tzinfo=ZoneInfo(held.timezone))
    return when.end >= opens


def align(event: Event, index: int, calendar: Calendar, max_shift: int) -> Alignment:
    """Return where an event falls on one asset.

    Day 0 is the first session whose price is struck strictly after the statement.
    An unknown time is an interval: if all of it gives one session, day 0 is certain,
    else the earliest is day 0 and the latest is kept beside it. Sessions without a
    clock are date labels: day 0 is the first on or after the statement's date.

    Parameters
    ----------
    event : Event
        The event.
    index : int
        Its position in the events, carried into the result.
    calendar : Calendar
        Sessions and clock of the asset.
    max_shift : int
        Largest accepted number of calendar days from the statement to day 0.

    Returns
    -------
    Alignment
        With ``reason`` set when the observation is left out.
    """
    bare = Alignment(index, calendar.asset)
    if calendar.clock is None:
        found = _align_dates_only(event, bare, calendar)
    else:
        found = _align_clock(event, bare, calendar, max_shift)
    return found if found.reason else _refuse_far(calendar, found, max_shift)


def align_all(
    events: Events, calendars: Sequence[Calendar], max_shift: int
) -> tuple[Alignment, ...]:
    """Align every event with every asset that it concerns.

    Parameters
    ----------
    events : Events
        The events; an event without assets concerns all of them.
    calendars : sequence of Calendar
        One for each asset; an asset that an event names and that has none is passed over.
    max_shift : int
        Largest accepted number of calendar days from the statement to day 0.

    Returns
    -------
    tuple of Alignment
        One for each event and asset, ordered by event, then by asset.
    """
    by_name = {calendar.asset: calendar for calendar in calendars}
    return tuple(
        align(event, index, by_name[asset], max_shift)
        for index, event in enumerate(events)
        for asset in (dict.fromkeys(event.assets) or by_name)
        if asset in by_name
    )
