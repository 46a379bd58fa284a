"""Where each event falls on each asset that could have reacted to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from eventstudy.design.day0 import Days0, days0
from eventstudy.design.day0_words import reason_of, rule_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy.design.sessions import Calendar
    from eventstudy.events.events import Event


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


def by_asset(events: Iterable[Event], assets: Iterable[str]) -> dict[str, list[int]]:
    """Return the positions of the events that concern each asset.

    Parameters
    ----------
    events : iterable of Event
        The events; one that names no asset concerns all of them.
    assets : iterable of str
        Names of the assets; one that an event names and that is none of these is passed over.
    """
    concerned: dict[str, list[int]] = {asset: [] for asset in assets}
    for index, event in enumerate(events):
        for asset in dict.fromkeys(event.assets) or concerned:
            if asset in concerned:
                concerned[asset].append(index)
    return concerned


def align_all(
    events: Sequence[Event], calendars: Sequence[Calendar], max_shift: int
) -> dict[str, Days0]:
    """Return day 0 of the events that concern each asset.

    Parameters
    ----------
    events : sequence of Event
        The events.
    calendars : sequence of Calendar
        One for each asset.
    max_shift : int
        Largest accepted number of calendar days from the statement to day 0.

    Returns
    -------
    dict of str to Days0
    """
    concerned = by_asset(events, [calendar.asset for calendar in calendars])
    return {
        calendar.asset: days0(events, calendar, max_shift, concerned[calendar.asset])
        for calendar in calendars
    }


def alignments(events: Sequence[Event], days: Mapping[str, Days0]) -> tuple[Alignment, ...]:
    """Return where every event falls on every asset that it concerns.

    Parameters
    ----------
    events : sequence of Event
        The events.
    days : mapping of str to Days0
        As of `align_all`.

    Returns
    -------
    tuple of Alignment
        One for each event and asset, ordered by event, then by asset.
    """
    rows = {asset: iter(range(len(dated.index))) for asset, dated in days.items()}
    return tuple(
        Alignment(days[asset], next(rows[asset]))
        for event in events
        for asset in dict.fromkeys(event.assets) or days
        if asset in days
    )
