"""Times of day as people write them: `2:00 p.m. ET`, `AMC`, `14:00-14:30`, fractions of Excel."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from eventstudy.parsing import packaged_toml

_WORDS = packaged_toml("tables/words.toml")
ZONES: dict[str, str] = _WORDS["zones"]
"""Zones by their usual letters; those that stand for several (CST, IST, BST) are not here."""

Hours = Callable[[str, dt.date], tuple[str, str] | None]
"""Says when the exchange of a zone opens and closes on a day."""
HOURS = {zone: (opens, closes) for zone, (opens, closes) in _WORDS["hours"].items()}
"""When the main session of the exchange of a zone opens and closes on ordinary days."""

BEFORE, AFTER, DURING = (
    frozenset(_WORDS["sessions"][when]) for when in ("before", "after", "during")
)
SESSIONS = BEFORE | AFTER | DURING
"""Words for a time that is known by the hours of the exchange."""
UNKNOWN = frozenset(_WORDS["untimed"]["words"])

_CLOCK = r"(\d{1,2})(?:[:.hч](\d{2}))?(?:[:.](\d{2}))?(?:[.,]\d+)?\s*(a\.?m\.?|p\.?m\.?)?"
_ZONE = r"(?:\s*\(?(z|[^\W\d]{2,5}|utc[+-]\d{1,2}|[+-]\d{2}:?\d{2}|[A-Za-z]+/[A-Za-z_/]+)\)?)?"
_ONE = re.compile(rf"(?:um |at |ca\.? |~|в )?{_CLOCK}\s*(?:uhr|h)?{_ZONE}", re.IGNORECASE)
_RANGE = re.compile(rf"{_CLOCK}\s*(?:-|–|—|to|until|bis|до)\s*{_CLOCK}{_ZONE}", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{2})?")


class TimeRead(NamedTuple):
    """A time of day, or bounds of it, and the zone that the cell names; all may be empty.

    Parameters
    ----------
    time, not_before, known_by : str
        ``HH:MM`` or ``HH:MM:SS``.
    zone : str
        IANA name, or an offset such as ``"+03:00"``.
    kind : {"", "range", "session"}
        How bounds were told: a range in the cell, or the exchange's hours.
    """

    time: str = ""
    not_before: str = ""
    known_by: str = ""
    zone: str = ""
    kind: str = ""


@lru_cache(10_000)
def read_time(text: str, zone: str = "", hours: tuple[str, str] | None = None) -> TimeRead | str:
    """Read a cell that holds a time of day.

    Parameters
    ----------
    text : str
        The cell.
    zone : str
        IANA name of the zone of the file; of its exchange are the hours for AMC and BMO.
    hours : (str, str), optional
        When that exchange opens and closes on the day; default: as on ordinary days.

    Returns
    -------
    TimeRead or str
        The time, or why it cannot be read.
    """
    plain = " ".join(text.replace("\u00a0", " ").split())
    lower = plain.casefold().strip("()")
    if not plain or lower in UNKNOWN:
        return TimeRead()
    if lower in SESSIONS:
        return _by_hours(plain, lower, hours or HOURS.get(zone))
    if re.fullmatch(r"0?\.\d+", plain):
        return _fraction(float(plain))
    if match := _COMPACT.fullmatch(plain):
        return _checked(":".join(part for part in match.groups() if part), "", plain)
    if match := _RANGE.fullmatch(plain):
        return _range(match, plain)
    match = _ONE.fullmatch(plain)
    if match is None or not (match[2] or match[4]):
        return f"{plain!r} is no time of day"
    return _checked(_clock(match[1], match[2], match[3], match[4]), match[5] or "", plain)


def read_stamp(time: str, named: str, zone: str = "") -> TimeRead | str:
    """Read the time of a timestamp and the zone that it names, ``"16:30:00"`` and ``"-05:00"``.

    Parameters
    ----------
    time, named : str
        Its time, and its zone; the latter may be empty.
    zone : str
        IANA name of the zone of the file.

    Returns
    -------
    TimeRead or str
        The time, or why it cannot be read.
    """
    told = read_time(time, zone)
    if isinstance(told, str) or not named:
        return told
    known = zone_name(named)
    if not known:
        return f"{time} {named}: {named} may stand for several zones; name it with timezone"
    return told._replace(zone=known)


def _by_hours(plain: str, lower: str, hours: tuple[str, str] | None) -> TimeRead | str:
    if hours is None:
        return f"{plain!r} needs the zone of the exchange, such as America/New_York"
    opens, closes = hours
    if lower in BEFORE:
        return TimeRead(known_by=opens, kind="session")
    if lower in AFTER:
        return TimeRead(not_before=closes, kind="session")
    return TimeRead(not_before=opens, known_by=closes, kind="session")


def _fraction(part: float) -> TimeRead:
    seconds = round(part * 86400) % 86400
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return TimeRead(f"{clock}:{seconds % 60:02d}" if seconds % 60 else clock)


def _clock(hour: str, minute: str | None, second: str | None, half: str | None) -> str:
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return ""
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    rest = f":{second}" if second and second != "00" else ""
    return f"{hours:02d}:{minute or '00'}{rest}"


def _checked(clock: str, zone: str, plain: str) -> TimeRead | str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", clock):
        return f"{plain!r} is no time of day"
    known = zone_name(zone)
    if zone and not known:
        return f"{plain!r}: {zone} may stand for several zones; name it with timezone"
    return TimeRead(clock, zone=known)


def _range(match: re.Match[str], plain: str) -> TimeRead | str:
    half = match[4] or (match[8] if int(match[1]) <= int(match[5]) else None)
    begins = _clock(match[1], match[2], match[3], half)
    ends = _clock(match[5], match[6], match[7], match[8])
    if not (match[2] or match[6] or match[8]):
        return f"{plain!r} is no time of day"
    zone = zone_name(match[9] or "")
    if match[9] and not zone:
        return f"{plain!r}: {match[9]} may stand for several zones; name it with timezone"
    for clock in (begins, ends):
        if isinstance(wrong := _checked(clock, "", plain), str):
            return wrong
    if begins > ends:
        return f"{plain!r} ends before it begins"
    return TimeRead("", begins, ends, zone, "range")


def zone_name(text: str) -> str:
    """Return the IANA name, or the offset, that letters stand for; empty when that is not clear."""
    lower = text.casefold().strip("()")
    if lower in ZONES:
        return ZONES[lower]
    if match := re.fullmatch(r"(?:utc)?([+-])(\d{1,2}):?(\d{2})?", lower):
        sign, hours, minutes = match.groups()
        return f"{sign}{int(hours):02d}:{minutes or '00'}"
    return text if "/" in text else ""
