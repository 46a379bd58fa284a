"""When a statement may have been made, in minutes: known, between bounds, or by the day only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy.minutes.clock_times import utc_moment

if TYPE_CHECKING:
    from eventstudy.arrays import Ints
    from eventstudy.events.events import Event

Kind = Literal["minute", "interval", "since the evening", "day"]


@dataclass(frozen=True)
class Statement:
    """One event as a span of time.

    Parameters
    ----------
    event_id : str
        The event.
    kind : {"minute", "interval", "since the evening", "day"}
        Whether its minute is known, lies between two bounds, is known from above alone, or not
        at all: then it is measured by the day only.
    date : date
        Its date, in its zone.
    first, last : int
        Seconds since 1970 UTC: the earliest and the latest minute in which it may have been
        made; equal when the minute is known, 0 when there is no such bound.
    """

    event_id: str
    kind: Kind
    date: dt.date
    first: int
    last: int


def statement_of(event: Event, zone: str) -> Statement:
    """Return when an event may have been made.

    A stamp s means the minute [s, s + 1); seconds are cut off.

    Parameters
    ----------
    event : Event
        The event.
    zone : str
        Zone of an event that names none: that of the market.
    """
    zone = event.timezone or zone
    if event.time is not None:
        moment = utc_moment(event.date, event.time, zone)
        return Statement(event.event_id, "minute", event.date, moment, moment)
    if event.known_by is None:
        return Statement(event.event_id, "day", event.date, 0, 0)
    last = utc_moment(event.date, event.known_by, zone)
    if event.not_before is None:
        return Statement(event.event_id, "since the evening", event.date, 0, last)
    first = utc_moment(event.date, event.not_before, zone)
    return Statement(event.event_id, "interval", event.date, first, last)


@dataclass(frozen=True, eq=False)
class Stamped:
    """The statements that bar ordinary days: those whose minute, or a short interval, is known.

    Parameters
    ----------
    event_ids : tuple of str
        Their events.
    first, last : ndarray of int
        As in `Statement`.
    """

    event_ids: tuple[str, ...]
    first: Ints
    last: Ints

    @classmethod
    def of(cls, statements: Iterable[Statement]) -> Stamped:
        """Return the statements whose time is bounded on both sides."""
        known = [one for one in statements if one.kind in ("minute", "interval")]
        first = np.array([one.first for one in known], dtype=np.intp)
        last = np.array([one.last for one in known], dtype=np.intp)
        return cls(tuple(one.event_id for one in known), first, last)

    def short(self, seconds: int, apart_from: str) -> Stamped:
        """Return those no longer than a window, without one event."""
        keep = [
            place
            for place, name in enumerate(self.event_ids)
            if name != apart_from and self.last[place] - self.first[place] <= seconds
        ]
        ids = tuple(self.event_ids[place] for place in keep)
        return Stamped(ids, self.first[keep], self.last[keep])

    def meets(self, starts: Ints, ends: Ints, before: int, after: int) -> Ints:
        """Return how many of their own windows meet each of some spans, ends included.

        Parameters
        ----------
        starts, ends : ndarray of int, shape (spans,)
            The spans, seconds since 1970 UTC, ascending.
        before, after : int
            Seconds of the window around each statement.
        """
        if not len(self.first):
            return np.zeros(len(starts), dtype=np.intp)
        lows, highs = np.sort(self.first - before), np.sort(self.last + after)
        begun = np.searchsorted(lows, ends, side="right")
        over = np.searchsorted(highs, starts, side="left")
        return begun - over
