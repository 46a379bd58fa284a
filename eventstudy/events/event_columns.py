"""Events by columns: what a design needs of them, as arrays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from eventstudy.arrays import Dates, Ints, Mask
    from eventstudy.events.events import Event, Events

CLOCKS = ("time", "not_before", "known_by")
NO_CLOCK = -1
"""Stands for a clock time that is not given."""
EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, eq=False, repr=False)
class EventColumns:
    """What a design needs of events, by columns.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (events,)
        Dates as written.
    clocks : ndarray of int, shape (3, events)
        Microseconds after midnight of `time`, `not_before` and `known_by`; -1 = not given.
    zone, zones : ndarray of int, shape (events,), and tuple of str
        Which of the time zones each is in; an empty name = none.
    concerned, asset_lists : ndarray of int, shape (events,), and tuple of tuple of str
        Which of the lists of assets each names; an empty list = all assets.
    """

    dates: Dates
    clocks: NDArray[np.int64]
    zone: Ints
    zones: tuple[str, ...]
    concerned: Ints
    asset_lists: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.dates)

    def take(self, rows: Ints) -> EventColumns:
        """Return the columns of some events, by position."""
        taken = {name: getattr(self, name)[rows] for name in ("dates", "zone", "concerned")}
        return replace(self, clocks=self.clocks[:, rows], **taken)

    @cached_property
    def untimed(self) -> Mask:
        """Whether an event names neither a time nor a bound of it."""
        return np.asarray((self.clocks == NO_CLOCK).all(axis=0))


def clock_number(clock: dt.time | None) -> int:
    """Return the microseconds after midnight of a clock time; -1 for none."""
    if clock is None:
        return NO_CLOCK
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 10**6 + clock.microsecond


def by_column(events: Events) -> EventColumns:
    """Return checked events by columns, made once.

    Parameters
    ----------
    events : Events
        The events.

    Returns
    -------
    EventColumns
    """
    columns: EventColumns | None = events.__dict__.get("_by_column")
    if columns is None:
        columns = columns_of(events.records)
        object.__setattr__(events, "_by_column", columns)
    return columns


def columns_of(events: Sequence[Event]) -> EventColumns:
    """Return events by columns.

    Parameters
    ----------
    events : sequence of Event
        The events; of views their columns are there already.

    Returns
    -------
    EventColumns
    """
    columns: EventColumns | None = getattr(events, "by_column", None)
    if columns is not None:
        return columns
    # by whole numbers: numpy takes six times as long to read dates
    ordinals = np.array([event.date.toordinal() for event in events], dtype=np.int64)
    clocks = [[clock_number(getattr(e, name)) for e in events] for name in CLOCKS]
    dates = (ordinals - EPOCH).astype("datetime64[D]")
    numbers = np.array(clocks, dtype=np.int64).reshape(len(CLOCKS), len(events))
    zones = _coded(event.timezone for event in events)
    asset_lists = _coded(event.assets for event in events)
    return EventColumns(dates, numbers, *zones, *asset_lists)


def _coded(values: Iterable[Any]) -> tuple[Ints, tuple[Any, ...]]:
    """Return the distinct values, and for each which of these it is."""
    places: dict[Any, int] = {}
    codes = [places.setdefault(value, len(places)) for value in values]
    return np.array(codes, dtype=np.intp), tuple(places)
