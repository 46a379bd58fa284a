"""Where each event falls on each asset that could have reacted to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.arrays import Ints, Mask, Rows, stable_order
from eventstudy.design.day0 import Days0, days0, judge, placed
from eventstudy.design.day0_words import reason_of, rule_of
from eventstudy.design.possible_times import possible_times
from eventstudy.design.sessions import Calendar
from eventstudy.events.event_columns import EventColumns, by_column

if TYPE_CHECKING:
    from eventstudy.events.events import Event, Events


@dataclass(frozen=True, repr=False)
class Alignment:
    """Where one event falls on one asset.

    Parameters
    ----------
    days0 : Days0
        Day 0 of all events of the asset.
    row : int
        The event among these.
    """

    days0: Days0
    row: int

    @property
    def event(self) -> int:
        """Position of the event among all events."""
        return int(self.days0.index[self.row])

    @property
    def asset(self) -> str:
        """Name of the asset."""
        return self.days0.calendar.asset

    @property
    def day0(self) -> int:
        """Position of the earliest possible day 0 among the asset's sessions; -1 when none."""
        return int(self.days0.position[self.row])

    @property
    def latest(self) -> int:
        """Position of the latest possible day 0; -1 when none is accepted."""
        return int(self.days0.latest_position[self.row])

    @property
    def certain(self) -> bool:
        """Whether every possible time of the statement gives the same session."""
        return bool(self.days0.certain[self.row])

    @property
    def partly(self) -> bool:
        """Whether the statement falls inside the averaging window of the price of day 0."""
        return bool(self.days0.accepted[self.row] and self.days0.averaged[self.row])

    @property
    def shift_days(self) -> int:
        """Calendar days from the statement to the first session after it.

        Counted from its date in the zone of the clock, or from the date of the event when its
        time is unknown.
        """
        return int(self.days0.shift_days[self.row])

    @property
    def pending(self) -> bool:
        """Whether the first session after the statement is still to come."""
        return self.eve is not None

    @cached_property
    def eve(self) -> dt.date | None:
        """Of a pending one: the day after which the first session that may contain it comes."""
        return self.days0.eve(self.row)

    @cached_property
    def rule(self) -> str:
        """How day 0 was found, in words."""
        return rule_of(self.days0, self.row)

    @cached_property
    def reason(self) -> str:
        """Why the observation is left out; empty when it is not."""
        return reason_of(self.days0, self.row)


def align(event: Event, calendar: Calendar, max_shift: int) -> Alignment:
    """Return where one event falls on one asset.

    Parameters
    ----------
    event : Event
        The event.
    calendar : Calendar
        Sessions and clock of the asset.
    max_shift : int
        Largest accepted number of calendar days from the statement to day 0.

    Returns
    -------
    Alignment
        With ``reason`` set when the observation is left out.
    """
    return Alignment(days0([event], calendar, max_shift), 0)


class Concerned:
    """Which events concern which assets: a pair for each, by event, then as the event names them.

    Parameters
    ----------
    events : EventColumns
        The events; one that names no asset concerns all of them.
    assets : sequence of str
        Names of the assets; one that an event names and that is none of these is passed over.
    """

    def __init__(self, events: EventColumns, assets: Sequence[str]) -> None:
        self.assets = tuple(assets)
        places = {asset: place for place, asset in enumerate(self.assets)}
        lists = [
            [places[asset] for asset in dict.fromkeys(named) if asset in places]
            if named
            else range(len(places))
            for named in events.asset_lists
        ]
        sizes = np.array([len(named) for named in lists], dtype=np.intp)
        begins = np.cumsum(sizes) - sizes
        named = np.array([place for each in lists for place in each], dtype=np.intp)
        counts = sizes[events.concerned]
        self.starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
        within = np.arange(self.starts[-1]) - np.repeat(self.starts[:-1], counts)
        self.events = np.repeat(np.arange(len(events)), counts)
        self.asset = named[np.repeat(begins[events.concerned], counts) + within]

    @cached_property
    def order(self) -> Ints:
        """The pairs by asset, then by event."""
        return stable_order(self.asset)

    @cached_property
    def bounds(self) -> Ints:
        """Where the pairs of each asset begin and end in `order`."""
        counts = np.bincount(self.asset, minlength=len(self.assets))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)

    def by_asset(self) -> dict[str, Ints]:
        """Return the positions of the events that concern each asset."""
        parts = np.split(self.events[self.order], self.bounds[1:-1])
        return dict(zip(self.assets, parts, strict=False))


def align_all(events: Events, calendars: Sequence[Calendar], max_shift: int) -> dict[str, Days0]:
    """Return day 0 of the events that concern each asset.

    Parameters
    ----------
    events : Events
        The events.
    calendars : sequence of Calendar
        One for each asset.
    max_shift : int
        Largest accepted number of calendar days from the statement to day 0.

    Returns
    -------
    dict of str to Days0
    """
    columns = by_column(events)
    concerned = Concerned(columns, [calendar.asset for calendar in calendars]).by_asset()
    times = {clock: possible_times(columns, clock) for clock in {c.clock for c in calendars}}
    days = {}
    for calendar in calendars:
        rows, possible = concerned[calendar.asset], times[calendar.clock]
        taken = possible if len(rows) == len(columns) else possible.take(rows)
        days[calendar.asset] = placed(events.records, rows, taken, calendar, max_shift)
    for each, judged in zip(days.values(), judge(list(days.values())), strict=True):
        vars(each)["judged"] = judged
    return days


class Alignments(Rows[Alignment]):
    """Where every event falls on every asset that it concerns, by event, then by asset.

    Parameters
    ----------
    events : Events
        The events.
    days : mapping of str to Days0
        As of `align_all`.
    """

    def __init__(self, events: Events, days: Mapping[str, Days0]) -> None:
        self.events, self.days, self._of_asset = events, days, tuple(days.values())
        self.pairs = Concerned(by_column(events), tuple(days))

    def __len__(self) -> int:
        return len(self.pairs.events)

    def _made(self, rows: Ints) -> Iterator[Alignment]:
        for at in rows.tolist():
            yield Alignment(self._of_asset[self.pairs.asset[at]], int(self._rows[at]))

    def of(self, event: int, asset: str) -> Alignment:
        """Return where an event falls on an asset that it concerns.

        Raises
        ------
        KeyError
            When it does not concern the asset.
        """
        place = list(self.days).index(asset) if asset in self.days else -1
        start, end = self.pairs.starts[event : event + 2].tolist()
        for at in range(start, end):
            if self.pairs.asset[at] == place:
                return self[at]
        raise KeyError((event, asset))

    def where(self, mask: Mask) -> list[Alignment]:
        """Return some of them; `mask`: shape (alignments,)."""
        return list(self.made(np.flatnonzero(mask)))

    @cached_property
    def accepted(self) -> Mask:
        """Whether an event has a session of the asset near enough to be measured."""
        return self.each(lambda days: days.accepted)

    @cached_property
    def partly(self) -> Mask:
        """Whether a statement falls inside the averaging window of the price of day 0."""
        return self.each(lambda days: days.accepted & days.averaged)

    @cached_property
    def _rows(self) -> Ints:
        return self.each(lambda days: np.arange(len(days.index)))

    def rules(self) -> list[str]:
        """Return `Alignment.rule` of all; each event is made once."""
        records, event, at, said = iter(self.events.records), None, -1, []
        places = zip(self.pairs.events.tolist(), self.pairs.asset.tolist(), strict=True)
        for (place, asset), row in zip(places, self._rows.tolist(), strict=True):
            while at < place:
                event, at = next(records), at + 1
            said.append(rule_of(self._of_asset[asset], row, event))
        return said

    def each(self, values: Callable[[Days0], NDArray[Any]]) -> NDArray[Any]:
        """Return values of the events of each asset, in the order of the alignments."""
        parts = [values(days) for days in self._of_asset]
        ordered = np.concatenate(parts) if parts else np.array([], dtype=bool)
        placed_values = np.empty_like(ordered)
        placed_values[self.pairs.order] = ordered
        return placed_values
