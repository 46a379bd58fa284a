"""Times that stand in a column of timestamps beside an empty `time`."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from eventstudy.errors import Problem, lines_text
from eventstudy.tables.dates import readings, stamp
from eventstudy.tables.times import read_stamp
from eventstudy.tables.understood import Understood, shown
from eventstudy.timezones import zone_fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.events.events import Event

NAMES = ("datetime", "timestamp", "date_time", "datetime_utc")
"""Names of columns that fill an empty time."""


def filled(
    source: str, events: Sequence[Event], names: Sequence[str]
) -> tuple[Sequence[Event], list[Problem], tuple[Understood, ...]]:
    """Fill empty times from a column of timestamps, when all of its cells are some.

    Parameters
    ----------
    source : str
        The events file.
    events : sequence of Event
        Its events.
    names : sequence of str
        Names of its columns.

    Returns
    -------
    events : sequence of Event
        The same sequence where no column fills any time.
    problems : list of Problem
        When cells are no timestamps, name no zone, or are of another day than the date.
    notes : tuple of Understood
    """
    named = [name for name in names if name.casefold().replace(" ", "_") in NAMES]
    if not named or not _untimed(events):
        return events, [], _passed_over(events, names)
    events = tuple(events)
    empty = [e for e in events if not (e.time or e.not_before or e.known_by)]
    column = named[0]
    texts = {event.line: event.attributes[column] for event in empty}
    wrong = [line for line, text in texts.items() if text.strip() and not stamp(text).time]
    if wrong:
        return events, [_no_stamps(source, column, texts, wrong)], ()
    made, bad = [], []
    for event in events:
        text = texts.get(event.line, "")
        moved = _one(event, text) if text.strip() else event
        bad += [(event.line, moved)] if isinstance(moved, str) else []
        made.append(event if isinstance(moved, str) else moved)
    cure = "Write time and timezone, or correct it."
    problems = [Problem(source, line, column, texts[line], why, cure) for line, why in bad]
    count = sum(event.time is not None for event in made) - sum(e.time is not None for e in events)
    times = f"{count:,} empty time{'s' * (count != 1)}"
    text = f"column {column!r} fills {times}: its cells are timestamps"
    return tuple(made), problems, (Understood("time", text),) if count else ()


def _one(event: Event, text: str) -> Event | str:
    """Return an event with the time of a timestamp, or what is wrong with that."""
    parts = stamp(text)
    read = read_stamp(parts.time, parts.zone, event.timezone)
    if isinstance(read, str):
        return read.removeprefix(f"{text!r} ")
    zone = read.zone or event.timezone
    if not zone:
        return "names no zone"
    days = set(readings(parts.date).values())
    if zone.startswith(("+", "-")):
        return _moved(event, f"{event.date}T{read.time}{zone}", days)
    if fault := zone_fault(zone):
        return fault.message
    if event.date not in days:
        return f"is of another day than {event.date}"
    return replace(event, time=dt.time.fromisoformat(read.time), timezone=zone)


def _moved(event: Event, text: str, days: set[dt.date]) -> Event | str:
    """Return an event at an instant with an offset, in the zone in which its date holds."""
    if event.date not in days:
        return f"is of another day than {event.date}"
    moment = dt.datetime.fromisoformat(text)
    for zone in filter(None, (event.timezone, "UTC")):
        local = moment.astimezone(ZoneInfo(zone))
        if local.date() == event.date:
            return replace(event, time=local.time().replace(tzinfo=None), timezone=zone)
    return f"is of another day than {event.date} in UTC"


def _no_stamps(source: str, column: str, texts: dict[int, str], wrong: list[int]) -> Problem:
    times = len(texts) - len(wrong)
    examples = shown(texts[line] or "empty" for line in wrong)
    message = (
        f"holds times in {times:,} of {len(texts):,} rows without a time, and none on "
        f"{lines_text(wrong)} ({examples}); it is not used"
    )
    cure = "Write the times in time and timezone, or rename the column."
    return Problem(source, wrong[0], column, "", message, cure)


def _passed_over(events: Sequence[Event], names: Sequence[str]) -> tuple[Understood, ...]:
    """Name further columns whose cells are all timestamps while times are empty."""
    if not _untimed(events):
        return ()
    notes = []
    for name in events[0].attributes:
        cells = (event.attributes[name] for event in events)
        if name in names and all(
            text and stamp(text).time and readings(stamp(text).date) for text in cells
        ):
            cure = "rename it to datetime, or write time and timezone"
            text = f"column {name!r} holds times and is not used: {cure}"
            notes.append(Understood("time", text))
    return tuple(notes)


def _untimed(events: Sequence[Event]) -> bool:
    """Whether any event names neither a time nor a bound of it."""
    if isinstance(events, tuple):
        return not all(e.time or e.not_before or e.known_by for e in events)
    from eventstudy.events.event_columns import columns_of

    return bool(columns_of(events).untimed.any())
