"""The rule of day 0: the first session whose price is struck strictly after a statement.

An unknown time is an interval: if all of it gives one session, day 0 is certain, else the
earliest is day 0 and the latest is kept beside it. Sessions without a clock are date labels:
day 0 is the first on or after the date of the statement. All events of an asset are placed
at once; the words about it are made in `day0_words`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from eventstudy.arrays import Dates, Ints, Mask
from eventstudy.design.possible_times import PossibleTimes, possible_times
from eventstudy.design.sessions import Calendar, utc
from eventstudy.events.event_columns import EventColumns, columns_of
from eventstudy.prices import Clock

if TYPE_CHECKING:
    from eventstudy.events.events import Event


class Judged(NamedTuple):
    """What is found of the sessions after statements; fields are told of in `Days0`."""

    shift_days: Ints
    accepted: Mask
    candidate: Ints


@dataclass(frozen=True, repr=False)
class Days0:
    """Day 0 of many events on one asset.

    Parameters
    ----------
    index : ndarray of int, shape (events,)
        Positions of these events among all events.
    events : sequence of Event
        All events.
    calendar : Calendar
        Sessions and clock of the asset.
    max_shift : int
        Largest accepted number of calendar days from the statement to day 0.
    times : PossibleTimes
        When each may have been stated.
    first, latest : ndarray of int, shape (events,)
        Positions of the first sessions after the earliest and the latest possible time, however
        far they are; the number of sessions = none yet.
    days : tuple of two ndarrays of datetime64[D], shape (events,)
        These sessions; the last one where there is none yet.
    """

    index: Ints
    events: Sequence[Event]
    calendar: Calendar
    max_shift: int
    times: PossibleTimes
    first: Ints
    latest: Ints
    days: tuple[Dates, Dates]

    @cached_property
    def judged(self) -> Judged:
        """What is found of these sessions; `judge` does so for many assets at once."""
        return judge([self])[0]

    @property
    def shift_days(self) -> Ints:
        """Calendar days from each statement to `first`; 0 where there is no session yet."""
        return self.judged.shift_days

    @property
    def accepted(self) -> Mask:
        """Whether an event has a session near enough to be measured."""
        return self.judged.accepted

    @property
    def candidate(self) -> Ints:
        """`latest`, -1 where it is no session yet or lies too far from the statement."""
        return self.judged.candidate

    @cached_property
    def averaged(self) -> Mask:
        """Whether a statement may fall inside the averaging window of its first price."""
        clock, inside = self.calendar.clock, np.zeros(len(self.first), dtype=bool)
        if clock is None or not any(
            c.averaged_from for c in (clock, *(c for _, c in clock.earlier))
        ):
            return inside
        rows = np.flatnonzero(self.first < self.size)
        days, session = np.unique(self.days[0][rows], return_inverse=True)
        opens = [_opening(clock, day) for day in days.tolist()]
        inside[rows] = self.times.end[rows] >= np.array(opens, dtype="datetime64[us]")[session]
        return inside

    @cached_property
    def position(self) -> Ints:
        """Positions of day 0 among the sessions; -1 where an event is left out."""
        return np.where(self.accepted, self.first, -1)

    @cached_property
    def latest_position(self) -> Ints:
        """Positions of the latest possible day 0; -1 where there is none to be accepted."""
        return np.where(self.accepted, self.candidate, -1)

    @cached_property
    def certain(self) -> Mask:
        """Whether every possible time of a statement gives the same session."""
        return np.asarray(self.accepted & (self.candidate == self.first))

    def event(self, row: int) -> Event:
        """Return one of the events that concern the asset."""
        return self.events[int(self.index[row])]

    def eve(self, row: int) -> dt.date | None:
        """Return the last day whose price, if it had one, would be struck before a statement.

        Parameters
        ----------
        row : int
            An event.

        Returns
        -------
        date or None
            None unless the statement comes after the last session of a series that goes on.
        """
        calendar, day = self.calendar, dt.timedelta(days=1)
        if self.first[row] < self.size or calendar.ended:
            return None
        if calendar.clock is None:
            written: dt.date = self.times.written[row].item()
            return written - day
        instant = self.times.start[row]
        there = instant.item().replace(tzinfo=dt.UTC).astimezone(ZoneInfo(calendar.clock.timezone))
        label: dt.date = there.date() + day
        while calendar.struck_on(np.array([label], dtype="datetime64[D]"))[0] > instant:
            label -= day
        return label

    @cached_property
    def size(self) -> int:
        """Sessions of the asset."""
        return len(self.calendar.sessions)


def judge(assets: Sequence[Days0]) -> list[Judged]:
    """Find which events of several assets have a session near enough, all at once.

    Parameters
    ----------
    assets : sequence of Days0
        Day 0 of the events of each asset, one or more, by one `max_shift`.
    """
    events = [len(each.first) for each in assets]
    size = np.repeat([each.size for each in assets], events)
    first, shift_days = _shifts(size, [(e.first, e.days[0], e.times.dates) for e in assets])
    latest, later = _shifts(size, [(e.latest, e.days[1], e.times.end_dates) for e in assets])
    most = assets[0].max_shift
    accepted = (first < size) & (shift_days <= most)
    candidate = np.where((latest < size) & (later <= most), latest, -1)
    ends = np.cumsum(events).tolist()
    slices = [slice(end - count, end) for end, count in zip(ends, events, strict=True)]
    return [Judged(shift_days[one], accepted[one], candidate[one]) for one in slices]


def _shifts(size: Ints, parts: Sequence[tuple[Ints, Dates, Dates]]) -> tuple[Ints, Ints]:
    """Return positions, and calendar days from dates to them; 0 where there is no session yet."""
    positions, days, dates = (np.concatenate(column) for column in zip(*parts, strict=True))
    return positions, np.where(positions < size, (days - dates).astype(np.intp), 0)


def _opening(clock: Clock, label: dt.date) -> dt.datetime:
    """Return the instant in UTC from which the price of a session is averaged."""
    held = clock.on(label)
    if held.averaged_from is None:
        return dt.datetime.max
    opens = dt.datetime.combine(label, held.averaged_from, tzinfo=ZoneInfo(held.timezone))
    return utc(opens + dt.timedelta(days=held.day_offset))


def days0(
    events: Sequence[Event], calendar: Calendar, max_shift: int, index: Sequence[int] | None = None
) -> Days0:
    """Return day 0 of events on one asset.

    Parameters
    ----------
    events : sequence of Event
        All events.
    calendar : Calendar
        Sessions and clock of the asset.
    max_shift : int
        Largest accepted number of calendar days from the statement to day 0.
    index : sequence of int, optional
        Positions of the events that concern the asset. Default: all.

    Returns
    -------
    Days0
    """
    rows = np.array(range(len(events)) if index is None else index, dtype=np.intp)
    times = possible_times(columns_of(events).take(rows), calendar.clock)
    return placed(events, rows, times, calendar, max_shift)


def placed(
    events: Sequence[Event], index: Ints, times: PossibleTimes, calendar: Calendar, max_shift: int
) -> Days0:
    """Return day 0 of events whose possible times are known; see `days0`."""
    first, latest = _sessions_after(times, calendar)
    sessions = calendar.sessions.astype("datetime64[D]", copy=False)
    day = sessions.take(first, mode="clip")
    later = day if latest is first else sessions.take(latest, mode="clip")
    made = Days0(index, events, calendar, max_shift, times, first, latest, (day, later))
    vars(made)["size"] = len(sessions)
    return made


def possible_days(events: EventColumns, calendar: Calendar) -> tuple[Ints, Ints]:
    """Return the first sessions after the earliest and the latest time of each event.

    Parameters
    ----------
    events : EventColumns
        The events.
    calendar : Calendar
        Sessions and clock of an asset.

    Returns
    -------
    tuple of ndarray of int, shape (events,)
        Positions among the sessions; their number stands for none. How far from the statement
        they are is not looked at.
    """
    return _sessions_after(possible_times(events, calendar.clock), calendar)


def _sessions_after(times: PossibleTimes, calendar: Calendar) -> tuple[Ints, Ints]:
    """Return the positions of the first sessions after the first and last possible times."""
    if calendar.clock is None:
        day0 = np.searchsorted(calendar.sessions, times.dates)
        return day0, day0
    struck = calendar.struck()
    first = np.searchsorted(struck, times.start, side="right")
    return first, np.searchsorted(struck, times.end, side="right")
