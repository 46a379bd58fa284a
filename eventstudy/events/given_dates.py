"""Dates alone as events: a list, a Series, an index of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from eventstudy.errors import EventsError, InputError, InvalidArgumentError
from eventstudy.events.ids import given_ids
from eventstudy.tables.columns import Column
from eventstudy.tables.dates import Stamp, date_column
from eventstudy.tables.times import read_stamp

SOURCE = "dates"
"""What errors call them."""


def cells_of_dates(
    dates: Iterable[object], assets: str | Sequence[str] | None, title: str | Sequence[str]
) -> list[dict[str, str]]:
    """Return the cells of events of which little more is known than their dates.

    Parameters
    ----------
    dates : iterable
        Dates, timestamps, or texts in one order of day and month.
    assets : str, sequence of str or None
        The asset of each event, or one text for all; None = every asset.
    title : str or sequence of str
        The title of each event, or one for all.

    Raises
    ------
    InvalidArgumentError
        When there are none, or other lists are not as long.
    EventsError
        When some are no dates.
    """
    if isinstance(dates, str | bytes | dict) or not isinstance(dates, Iterable):
        raise InvalidArgumentError(
            f'dates are a list such as ["2022-01-26", "2022-03-16"], not {dates!r:.60}'
        )
    values = list(dates)
    if not values:
        raise InvalidArgumentError('dates are empty; name at least one, such as ["2022-01-26"]')
    if records := [value for value in values if isinstance(value, dict | list | tuple)]:
        raise InvalidArgumentError(
            f"the list holds {records[0]!r:.60}, which is no date; of records write "
            "es.read_events(pandas.DataFrame(records))"
        )
    days = _days(values)
    every = assets is None or (isinstance(assets, list | tuple) and not assets)
    named = "" if every or assets is None else assets
    rows = [
        {"date": day.isoformat(), "time": time, "timezone": zone, "title": text, "assets": asset}
        for (day, time, zone), text, asset in zip(
            days, _each("title", title, days), _each("assets", named, days), strict=True
        )
    ]
    ids, _ = given_ids(SOURCE, rows)
    return [{"event_id": name, **row} for name, row in zip(ids, rows, strict=True)]


def _each(name: str, given: str | Sequence[str], days: Sequence[object]) -> list[str]:
    """Return a text for each date."""
    texts = [given] * len(days) if isinstance(given, str) else [str(text) for text in given]
    if len(texts) != len(days):
        raise InvalidArgumentError(
            f"{name} has {len(texts)} entries for {len(days)} dates; give one text, or one for each"
        )
    return texts


def _days(values: Sequence[object]) -> list[tuple[dt.date, str, str]]:
    """Return date, time of day and zone of each; texts are read as a column of a list is."""
    moments = [_moment(value) for value in values]
    texts = [(at, str(value)) for at, value in enumerate(values, 1) if moments[at - 1] is None]
    try:
        read = date_column(Column(SOURCE, "date", texts))
    except InputError as error:
        raise EventsError(error.problems) from None
    parts = iter(zip(read.dates, read.stamps, strict=True))
    made = [moment or _stamped(*next(parts)) for moment in moments]
    if any(day is None for day, *_ in made):
        raise InvalidArgumentError("some dates are missing (None, NaT or empty); leave them out")
    return [(day, time, zone) for day, time, zone in made if day]


def _stamped(day: dt.date | None, parts: Stamp) -> tuple[dt.date | None, str, str]:
    """Return date, time of day and zone of a text."""
    if not parts.time:
        return (day, "", "")
    told = read_stamp(parts.time, parts.zone)
    if isinstance(told, str):
        raise InvalidArgumentError(told)
    return (day, told.time, told.zone)


def _moment(value: object) -> tuple[dt.date | None, str, str] | None:
    """Return the parts of a date or a timestamp; None for a text."""
    import pandas as pd

    if isinstance(value, str):
        return None
    if value is None or value is pd.NaT or value != value:
        return (None, "", "")
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return (value, "", "")
    try:
        stamp = pd.Timestamp(value)
    except (TypeError, ValueError):
        return None
    if isinstance(value, int | float):
        return None
    if stamp == stamp.normalize():
        return (stamp.date(), "", "")
    time = stamp.strftime("%H:%M:%S" if stamp.second else "%H:%M")
    return (stamp.date(), time, str(stamp.tz) if stamp.tz is not None else "")
