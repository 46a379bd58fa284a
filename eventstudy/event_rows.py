"""What a row of events.csv must be: one pydantic model, and plain words for what is wrong."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from eventstudy.errors import nearest

COLUMNS = (
    "event_id",
    "date",
    "time",
    "not_before",
    "known_by",
    "timezone",
    "speaker",
    "affiliation",
    "title",
    "statement",
    "source",
    "tags",
    "assets",
    "claims",
    "confounders",
)
"""Columns of events.csv with a meaning; all others are attributes."""

REQUIRED = ("event_id", "date", "title")
"""Columns that must be there and filled."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_CLAIM = re.compile(r"([^:;@]+):\s*([+\-−]?\d+(?:\.\d+)?)\s*%\s*@\s*(\d{4}-\d{2}-\d{2})")
_ABBREVIATIONS = {
    "MSK": "Europe/Moscow",
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
    "GMT": "UTC",
    "BST": "Europe/London",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "ET": "America/New_York",
    "PST": "America/Los_Angeles",
    "JST": "Asia/Tokyo",
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass(frozen=True)
class Claim:
    """A move of an asset that others tied to the event.

    Parameters
    ----------
    asset : str
        Name of the asset.
    change : float
        The claimed move as a fraction: -2.2% is -0.022.
    session : date
        The session that the claim names.
    text : str
        The claim as it was written.
    """

    asset: str
    change: float
    session: dt.date
    text: str


def _wrong(message: str, cure: str) -> PydanticCustomError:
    """Return an error that carries our own words."""
    return PydanticCustomError("event", "{message}", {"message": message, "cure": cure})


def _no_blanks(text: str) -> None:
    if text != text.strip():
        raise _wrong("blanks around the value", "Remove them.")


def slug(text: str) -> str:
    """Return a safe event_id made from any text."""
    made = re.sub(r"[^a-z0-9._-]+", "-", text.casefold()).strip("-._")
    return re.sub(r"\.{2,}", ".", made)[:64].strip("-._") or "event-1"


def _event_id(text: str) -> str:
    _no_blanks(text)
    if not text:
        raise _wrong("empty", "Give every event an id of its own.")
    if not _ID.fullmatch(text) or ".." in text or _RESERVED.fullmatch(text):
        raise _wrong(
            "not a safe id: it names a file, so it must be at most 64 of a-z 0-9 . _ - and begin "
            "with a letter or digit",
            f"Write for example {slug(text + ('-1' if _RESERVED.fullmatch(text) else ''))!r}.",
        )
    return text


def _readings(text: str) -> list[str]:
    """Return the ISO dates that a text may mean."""
    found = []
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
        found = [tuple(map(int, match.groups()))]
    elif match := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", text):
        first, second, year = map(int, match.groups())
        found = [(year, second, first), (year, first, second)]
    elif match := re.fullmatch(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*\.?,?[ -](\d{4})", text):
        month = match[2].lower()
        found = (
            [(int(match[3]), _MONTHS.index(month) + 1, int(match[1]))] if month in _MONTHS else []
        )
    elif match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text):
        found = [tuple(map(int, match.groups()))]
    dates = []
    for year, month, day in found:
        try:
            dates.append(dt.date(year, month, day).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(dates))


def _date(text: str) -> dt.date:
    _no_blanks(text)
    if not text:
        raise _wrong("empty", "Write the date of the statement as YYYY-MM-DD.")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        meant = _readings(text)
        if len(meant) > 1:
            raise _wrong("ambiguous date", f"Write {meant[0]} or {meant[1]}, whichever is meant.")
        cure = f"Write {meant[0]}." if meant else "Write it as YYYY-MM-DD."
        raise _wrong("not an ISO date", cure)
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        raise _wrong("there is no such day", "Correct the date.") from None
    if not 1900 <= date.year <= 2200:
        raise _wrong("not between 1900 and 2200", "Correct the year.")
    return date


def _meant_time(text: str) -> str:
    """Return a cure for a time that is not HH:MM."""
    match = re.fullmatch(r"(\d{1,2})[:.h](\d{1,2})(?:[:.]\d{1,2})?\s*([ap]m)?", text.lower())
    if match is None:
        return "Write it as HH:MM, such as 15:08, in the zone of the column timezone."
    hour, minute = int(match[1]), int(match[2])
    if match[3] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    if (hour, minute) == (24, 0):
        return "Write 00:00 and the date of the next day."
    if hour > 23 or minute > 59:
        return "Hours go from 00 to 23, minutes from 00 to 59."
    return f"Write {hour:02d}:{minute:02d}."


def _time(text: str) -> dt.time | None:
    _no_blanks(text)
    if not text:
        return None
    if re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
        try:
            return dt.time.fromisoformat(text)
        except ValueError:
            raise _wrong("impossible time", _meant_time(text)) from None
    raise _wrong("not a time of day", _meant_time(text))


@lru_cache(maxsize=1)
def _zones() -> list[str]:
    return sorted(name for name in available_timezones() if "/" in name)


def zone(text: str) -> str:
    """Return the name of a time zone; raise for abbreviations, offsets and unknown names."""
    _no_blanks(text)
    if not text or text == "UTC" or text in _zones():
        return text
    if text.upper() in _ABBREVIATIONS:
        raise _wrong(
            "an abbreviation is not a zone",
            f"Write {_ABBREVIATIONS[text.upper()]!r} if that is it.",
        )
    if re.match(r"(UTC|GMT)?[+\-−]\d", text):
        cure = "Write the place, such as 'Europe/Moscow', or convert the time to UTC."
        raise _wrong("an offset is not a zone", cure)
    raise _wrong("unknown time zone", nearest(text, _zones()))


def names(text: str) -> tuple[str, ...]:
    """Return the names in a list separated by semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _claims(text: str) -> tuple[Claim, ...]:
    found: dict[tuple[str, dt.date], Claim] = {}
    for part in names(text):
        match = _CLAIM.fullmatch(part)
        if match is None:
            raise _wrong(
                f"claim {part!r} is not understood", "Write it like IMOEX:-2.2%@2022-01-13."
            )
        try:
            session = dt.date.fromisoformat(match[3])
        except ValueError:
            raise _wrong(f"claim {part!r} names no day that exists", "Correct its date.") from None
        asset = match[1].strip()
        if (asset, session) in found:
            raise _wrong(f"two claims on {asset} for {session}", "Keep one of them.")
        change = float(match[2].replace("−", "-")) / 100
        found[asset, session] = Claim(asset, change, session, part)
    return tuple(found.values())


def _title(text: str) -> str:
    if not text.strip():
        raise _wrong("empty", "Say in a few words what was said.")
    return text


def _field(check: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(check)


class Row(BaseModel):
    """The standard columns of one event."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    event_id: Annotated[str, _field(_event_id)]
    date: Annotated[dt.date, _field(_date)]
    time: Annotated[dt.time | None, _field(_time)] = None
    not_before: Annotated[dt.time | None, _field(_time)] = None
    known_by: Annotated[dt.time | None, _field(_time)] = None
    timezone: Annotated[str, _field(zone)] = ""
    speaker: str = ""
    affiliation: str = ""
    title: Annotated[str, _field(_title)]
    statement: str = ""
    source: str = ""
    tags: Annotated[tuple[str, ...], _field(names)] = ()
    assets: Annotated[tuple[str, ...], _field(names)] = ()
    claims: Annotated[tuple[Claim, ...], _field(_claims)] = ()
    confounders: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of a row, and its cure."""

    column: str
    message: str
    cure: str


def _local_time(row: Row, column: str, zone_name: str) -> Fault | None:
    """Object to a time that summer time skips or repeats."""
    time: dt.time | None = getattr(row, column)
    if time is None:
        return None
    place = ZoneInfo(zone_name)
    first = dt.datetime.combine(row.date, time, tzinfo=place)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return None
    back = first.astimezone(dt.UTC).astimezone(place)
    what = "occurs twice" if back.time() == time else "does not exist"
    message = f"{row.date} {time:%H:%M} {what} in {zone_name}: clocks are changed"
    return Fault(column, message, "Give the time in UTC, with UTC as its timezone.")


def _bounds(row: Row) -> list[Fault]:
    low, high, time = row.not_before, row.known_by, row.time
    if low and high and low > high:
        message = f"later than known_by, {high:%H:%M}"
        return [Fault("not_before", message, "Exchange or correct them.")]
    if time and ((low and time < low) or (high and time > high)):
        cure = "Correct the time, or leave the bounds empty: they are for unknown times."
        return [Fault("time", "outside not_before and known_by", cure)]
    return []


def check_row(cells: dict[str, str], default_zone: str) -> tuple[Row | None, list[Fault]]:
    """Check the standard columns of one event.

    Parameters
    ----------
    cells : dict of str to str
        Text by column.
    default_zone : str
        Zone of rows that name none; empty = there is none.

    Returns
    -------
    row : Row or None
        None when it has faults.
    faults : list of Fault
        Everything that is wrong with it.
    """
    try:
        row = Row(**{name: cells[name] for name in COLUMNS if name in cells})
    except ValidationError as error:
        return None, [_fault(found) for found in error.errors(include_url=False)]
    faults = _bounds(row)
    zone_name = row.timezone or default_zone
    timed = [name for name in ("time", "not_before", "known_by") if getattr(row, name) is not None]
    if timed and not zone_name:
        cure = "Fill the column timezone, such as 'Europe/Moscow', or set one for the whole study."
        faults.append(Fault("timezone", f"the row has a time ({timed[0]}) but no zone", cure))
    elif timed:
        checked = [_local_time(row, name, zone_name) for name in timed]
        faults += [fault for fault in checked if fault]
    return (None, faults) if faults else (row, [])


def _fault(found: Any) -> Fault:
    column = str(found["loc"][0])
    context = found.get("ctx", {})
    return Fault(column, str(context.get("message", found["msg"])), str(context.get("cure", "")))
