"""What the cells of an events table may hold, and what to say when they do not."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from anyascii import anyascii
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    SkipValidation,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from eventstudy.arguments import told_class
from eventstudy.errors import Fault
from eventstudy.tables.dates import ORDERS, readings
from eventstudy.tables.day_numbers import number_dates
from eventstudy.tables.times import AFTER, BEFORE, TimeRead, read_time
from eventstudy.timezones import zone_fault

YEARS = (1900, 2200)
"""First and last year that a date may have."""

CACHED = 10_000
"""Cells of a kind that are remembered: dates, times and tags repeat."""

DAY_NUMBER = re.compile(r"[0-9]{5}(\.[0-9]+)?")
SAFE_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
RESERVED_ID = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_AND_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}[0-9:.]*)(.*)")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
LOOSE_CLOCK = re.compile(
    r"([0-9]{1,2})(?:[:.h]([0-9]{1,2}))?(?:[:.]([0-9]{1,2}))?"
    r" ?(am|pm)? ?(z|[a-z]{3,4}|[+-][0-9]{1,2}(?::?[0-9]{2})?)?",
    re.IGNORECASE,
)
SESSIONS = re.compile(r"([-+−]?[0-9]{1,5})(\.0+)?")
CLAIM = re.compile(r"(.+?)\s*:\s*([-+−]?[0-9]{1,6}(?:\.[0-9]{1,12})?)\s*%\s*@\s*([^@]*)")


@told_class
@dataclass(frozen=True)
class Claim:
    """A move of a price that others tied to an event.

    Parameters
    ----------
    asset : str
        Name of the asset.
    change : float
        The move as a fraction: -2.2 % is -0.022.
    session : date
        The session that the claim names.
    text : str
        The claim as written.
    """

    asset: str
    change: float
    session: dt.date
    text: str

    @property
    def rounding(self) -> float:
        """Half a unit of the last digit that the claim gives, as a fraction."""
        digits = re.search(r"[.,](\d+)\s*%", self.text)
        return 0.5 * 10.0 ** -(2 + (len(digits.group(1)) if digits else 0)) * (1 + 1e-9)


def _refusal(*faults: Fault) -> PydanticCustomError:
    return PydanticCustomError("cell", "refused", {"faults": faults})


def _refuse_blanks(text: str) -> None:
    if text != text.strip():
        cure = f"Remove the blanks: {text.strip()!r}." if text.strip() else "Empty the cell."
        raise _refusal(Fault("has blanks around it", cure))


def _required(text: str) -> str:
    if not text.strip():
        raise _refusal(Fault("is required and is empty", "Fill it in."))
    return text


def slug(text: str) -> str:
    """Return the nearest safe event id; empty when nothing of the text can be kept."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    safe = re.sub(r"[^a-z0-9._-]+", "-", plain)
    safe = re.sub(r"\.{2,}", ".", safe).strip("-._")[:64].rstrip("-._")
    return f"event-{safe}"[:64] if RESERVED_ID.fullmatch(safe) else safe


def _event_id(text: str) -> str:
    _refuse_blanks(_required(text))
    if not SAFE_ID.fullmatch(text):
        message = (
            "cannot be a file name: an id is at most 64 lower-case letters a-z, digits, "
            "'.', '_' and '-', and begins with a letter or digit"
        )
    elif ".." in text:
        message = "cannot be a file name: '..' leads out of the folder"
    elif RESERVED_ID.fullmatch(text):
        message = "cannot be a file name: Windows keeps it for a device"
    else:
        return text
    better = slug(text) or slug(anyascii(text))
    raise _refusal(Fault(message, f"Write {better}." if better else "Choose such an id."))


def _real_date(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _date_fault(text: str) -> Fault:
    if match := DATE_AND_TIME.fullmatch(text):
        date, time, rest = match.groups()
        cure = f"Write {date} here, and {time} in the column time if that is its time"
        zone = f"; name the zone of {rest.strip()} in the column timezone" if rest.strip() else ""
        return Fault("holds a time of day as well", f"{cure}{zone}.")
    if DAY_NUMBER.fullmatch(text) and (programs := number_dates(text)):
        kinds = [f"{program.title()} for {date}" for program, date in programs.items()]
        message = f"is a day number: {text} is that of {' or of '.join(kinds)}"
        cure = "Format the column as yyyy-mm-dd and save again, or run `eventstudy import`."
        return Fault(message, cure)
    known = readings(text) or readings(text.replace("-", "/"))
    if len(set(known.values())) > 1:
        dates = {date: ORDERS[order][0] for order, date in reversed(list(known.items()))}
        choices = [f"{date} ({words})" for date, words in reversed(list(dates.items()))]
        cure = f"Write {' or '.join(choices)}."
        return Fault("is ambiguous: day or month may come first", cure)
    cure = f"Write {next(iter(known.values()))}." if known else ""
    if ISO_DATE.fullmatch(text):
        return Fault("there is no such date", cure or "Correct the month or the day.")
    cure = cure or "Write it as YYYY-MM-DD, such as 2022-01-13."
    return Fault("is not a date written as YYYY-MM-DD", cure)


@lru_cache(CACHED)
def read_date(text: str) -> dt.date:
    """Return the date of a cell; what is wrong with it is raised for `check_row`."""
    _refuse_blanks(_required(text))
    date = _real_date(*text.split("-")) if ISO_DATE.fullmatch(text) else None
    if date is None:
        raise _refusal(_date_fault(text))
    if not YEARS[0] <= date.year <= YEARS[1]:
        message = f"the year is not within {YEARS[0]} to {YEARS[1]}"
        raise _refusal(Fault(message, "Correct the year."))
    return date


def _clock_fault(text: str) -> Fault:
    message = "is not a time written as HH:MM or HH:MM:SS"
    read = read_time(text)
    if isinstance(read, TimeRead) and read.kind == "range":
        bounds = f"{read.not_before} in not_before and {read.known_by} in known_by"
        zone = f", with timezone {read.zone}" if read.zone else ""
        return Fault("is a range of time", f"Empty it; write {bounds}{zone}.")
    if text.casefold() in BEFORE | AFTER:
        bound = "not_before" if text.casefold() in AFTER else "known_by"
        which = "closes" if bound == "not_before" else "opens"
        cure = f"Empty it; write in {bound} when the exchange {which}; `eventstudy import` does."
        return Fault("is no clock time", cure)
    if re.fullmatch(r"24:00(:00)?", text):
        return Fault("the day ends before 24:00", "Write 00:00 with the date of the next day.")
    if isinstance(read, TimeRead) and read.time and not read.zone.startswith(("+", "-")):
        zone = f", and {read.zone} in the column timezone" if read.zone else ""
        return Fault(message, f"Write {read.time}{zone}.")
    match = LOOSE_CLOCK.fullmatch(re.sub(r"^([0-9]{2})([0-9]{2})$", r"\1:\2", text))
    hour, minute, second, half, zone = match.groups() if match else ("", "", "", "", "")
    if minute or half:
        hours = int(hour) % 12 + (12 if half.lower() == "pm" else 0) if half else int(hour)
        reading = f"{hours:02d}:{int(minute or 0):02d}" + (f":{int(second):02d}" if second else "")
        if CLOCK.fullmatch(reading) and (1 <= int(hour) <= 12 or not half):
            rest = f" and name the zone of {zone} in the column timezone" if zone else ""
            return Fault(message, f"Write {reading}{rest}.")
    return Fault(message, "Hours run from 00 to 23, minutes and seconds from 00 to 59.")


@lru_cache(CACHED)
def read_clock(text: str) -> dt.time | None:
    """Return the clock time of a cell, None of an empty one; faults as of `read_date`."""
    _refuse_blanks(text)
    if text and not CLOCK.fullmatch(text):
        raise _refusal(_clock_fault(text))
    return dt.time.fromisoformat(text) if text else None


@lru_cache(CACHED)
def _summer_time_fault(field: str, local: dt.datetime, zone: str) -> Fault | None:
    """Return why a local time is not one instant; None when it is."""
    both = [local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1)]
    first, second = (instant.utcoffset() or dt.timedelta() for instant in both)
    if first == second:
        return None
    shown = f"{local:%Y-%m-%d %H:%M:%S}"
    if first < second:
        message = f"{shown} does not exist in {zone}: the clocks are put forward over it"
        return Fault(message, "Give the time in UTC, with timezone UTC.", field)
    readings = " or ".join(f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M}" for instant in both)
    message = f"{shown} happens twice in {zone}: the clocks are put back over it"
    return Fault(message, f"Give it in UTC, with timezone UTC: {readings}.", field)


def _bounds_faults(clocks: Mapping[str, dt.time]) -> list[Fault]:
    time, lower, upper = (clocks.get(name) for name in ("time", "not_before", "known_by"))
    both = "Correct one of them, or empty one."
    faults = []
    if lower and upper and lower > upper:
        faults.append(Fault(f"is later than known_by ({upper})", both, "not_before"))
    elif time and lower and time < lower:
        faults.append(Fault(f"is earlier than not_before ({lower})", both, "time"))
    elif time and upper and time > upper:
        faults.append(Fault(f"is later than known_by ({upper})", both, "time"))
    return faults


def _timezone(text: str, info: ValidationInfo) -> str:
    """Check the zone, and the clock times of the row, which come before it and need it."""
    _refuse_blanks(text)
    names = ("time", "not_before", "known_by")
    clocks = {name: info.data[name] for name in names if info.data.get(name) is not None}
    faults = _bounds_faults(clocks)
    zone = text or (info.context or {}).get("timezone", "")
    date = info.data.get("date")
    if wrong := zone_fault(zone) if zone else None:
        faults.append(wrong)
    elif clocks and not zone:
        cure = "Name it, such as Europe/Moscow, or give a default time zone for all rows."
        faults.append(Fault("a clock time needs a time zone", cure))
    elif date:
        moments = {name: dt.datetime.combine(date, clock) for name, clock in clocks.items()}
        checked = (_summer_time_fault(name, moment, zone) for name, moment in moments.items())
        faults += [fault for fault in checked if fault]
    if faults:
        raise _refusal(*faults)
    return str(zone)


@lru_cache(CACHED)
def listed(text: str) -> tuple[str, ...]:
    """Return the names in a cell that semicolons separate."""
    return tuple(item.strip() for item in text.split(";") if item.strip())


def _claim(text: str) -> Claim | Fault:
    match = CLAIM.fullmatch(text)
    if match is None:
        better = re.sub(r"([0-9]),([0-9])", r"\1.\2", text.replace("–", "-"))
        example = better if CLAIM.fullmatch(better) else "it as IMOEX:-2.2%@2022-01-13"
        message = "is not a claim of the form ASSET:CHANGE%@SESSION"
        return Fault(message, f"Write {example}.", value=text)
    asset, percent, session = match.groups()
    try:
        date = read_date(session)
    except PydanticCustomError as error:
        fault: Fault = (error.context or {})["faults"][0]
        return Fault(f"the session of the claim {fault.message}", fault.cure, value=text)
    return Claim(asset, float(Decimal(percent.replace("−", "-")) / 100), date, text)


def read_claims(text: str) -> tuple[Claim, ...]:
    """Return the claims of a cell; faults as of `read_date`."""
    read = [_claim(item) for item in listed(text)]
    faults = [item for item in read if isinstance(item, Fault)]
    claims = [item for item in read if isinstance(item, Claim)]
    seen = set()
    for claim in claims:
        if (claim.asset, claim.session) in seen:
            message = f"a second claim for {claim.asset} on {claim.session}"
            faults.append(Fault(message, "Keep one of the two.", value=claim.text))
        seen.add((claim.asset, claim.session))
    if faults:
        raise _refusal(*faults)
    return tuple(claims)


@lru_cache(CACHED)
def read_edge(text: str) -> int | dt.date | None:
    """Return an end of an estimation window: sessions relative to day 0, or a date.

    None of an empty cell; faults as of `read_date`.
    """
    _refuse_blanks(text)
    if not text:
        return None
    if not (match := SESSIONS.fullmatch(text)):
        if readings(text) or ISO_DATE.fullmatch(text):
            return read_date(text)
        message = "is neither a number of sessions relative to day 0 nor a date"
        raise _refusal(Fault(message, "Write a whole number such as -250, or YYYY-MM-DD."))
    sessions = int(match[1].replace("−", "-"))
    if sessions >= 0:
        message = "lies on or after day 0: an estimation window ends before the event"
        cure = f"Write -{sessions}." if sessions else "Write a negative number of sessions."
        raise _refusal(Fault(message, cure))
    return sessions


def _last_edge(text: str, info: ValidationInfo) -> int | dt.date | None:
    """Read the end of an estimation window, which does not lie before its start."""
    last, first = read_edge(text), info.data.get("estimation_start")
    both = [edge for edge in (first, last) if edge is not None]
    alike = len({type(edge) for edge in both}) == 1 and len(both) == 2
    if alike and both[0] > both[1]:  # type: ignore[operator]  # of one type
        raise _refusal(Fault(f"is before estimation_start ({first})", "Exchange the two."))
    return last


Text = Annotated[str, SkipValidation()]
"""A cell that is taken as it is; no second copy of it is held."""


class Row(BaseModel):
    """One row of an events table; the order of its fields is that of the standard columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: Annotated[str, PlainValidator(_event_id)]
    date: Annotated[dt.date, PlainValidator(read_date)]
    time: Annotated[dt.time | None, PlainValidator(read_clock)] = None
    not_before: Annotated[dt.time | None, PlainValidator(read_clock)] = None
    known_by: Annotated[dt.time | None, PlainValidator(read_clock)] = None
    timezone: Annotated[str, PlainValidator(_timezone)] = Field("", validate_default=True)
    speaker: Text = ""
    affiliation: Text = ""
    title: Annotated[str, PlainValidator(_required)]
    statement: Text = ""
    source: Text = ""
    tags: Annotated[tuple[str, ...], PlainValidator(listed)] = ()
    assets: Annotated[tuple[str, ...], PlainValidator(listed)] = ()
    claims: Annotated[tuple[Claim, ...], PlainValidator(read_claims)] = ()
    confounders: Text = ""
    estimation_start: Annotated[int | dt.date | None, PlainValidator(read_edge)] = None
    estimation_end: Annotated[int | dt.date | None, PlainValidator(_last_edge)] = None


COLUMNS = tuple(Row.model_fields)
"""The standard columns in their usual order."""
EDGES = ("estimation_start", "estimation_end")
"""The ends of the estimation window of one event."""


def check_row(cells: Mapping[str, str], timezone: str) -> Row | list[Fault]:
    """Check the standard cells of one row.

    Parameters
    ----------
    cells : mapping of str to str
        Text by standard column; a column that the table does not have is left out.
    timezone : str
        Zone of rows that name none; empty when there is none.

    Returns
    -------
    Row or list of Fault
        The row, or everything that is wrong with it but for columns that do not exist.
    """
    try:
        return Row.model_validate(cells, context={"timezone": timezone})
    except ValidationError as error:
        faults = [
            fault._replace(field=fault.field or str(detail["loc"][0]))
            for detail in error.errors(include_url=False)
            if detail["type"] == "cell"
            for fault in detail["ctx"]["faults"]
        ]
        return [f._replace(value=f.value or cells.get(f.field, "")) for f in faults]
