"""Names of time zones, and what to say of a name that is not one."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from pathlib import Path

from eventstudy.errors import Fault, InvalidArgumentError, nearest
from eventstudy.parsing import packaged_toml

WRITE = "Write an IANA name such as Europe/Moscow, or UTC."
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2}):?([0-9]{2})?", re.IGNORECASE)

_MEANT = packaged_toml("timezones.toml")
ABBREVIATIONS: dict[str, str] = _MEANT["abbreviations"]
OFFSETS: dict[str, str] = _MEANT["offsets"]


def _is_there(name: str) -> bool:
    """Whether the system has a zone of exactly this name; listing all of them takes longer."""
    for root in zoneinfo.TZPATH:
        path = Path(root)
        try:
            for step in name.split("/"):
                if path / step not in path.iterdir():  # a file system may not tell cases
                    break
                path /= step
            else:
                with path.open("rb") as file:
                    named = "/" in name and not name.startswith(("posix/", "right/"))
                    return named and file.read(4) == b"TZif"
        except (OSError, ValueError):
            continue
    return False


@cache
def _zones() -> tuple[str, ...]:
    return ("UTC", *sorted(name for name in zoneinfo.available_timezones() if "/" in name))


@cache
def zone_fault(name: str) -> Fault | None:
    """Return what is wrong with the name of a time zone.

    Parameters
    ----------
    name : str
        What ought to be an IANA name with a slash, or UTC.

    Returns
    -------
    Fault or None
        None when the zone is known.
    """
    if _is_there(name) or name in _zones():
        return None
    for zone, abbreviations in ABBREVIATIONS.items():
        if name.casefold() in abbreviations.split():
            return Fault("is an abbreviation, not the name of a time zone", f"Write {zone}.")
    if offset := OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        example = OFFSETS.get(f"{sign}{int(hours):02d}:{minutes or '00'}")
        cure = f"Write {example}, if it is there" if example else "Name the zone of the place"
        return Fault("is an offset, not the name of a time zone", f"{cure}; or give times in UTC.")
    cure = nearest(name, _zones())
    if cure.startswith("Known"):
        cure = WRITE
    return Fault("is not a known time zone", cure)


def checked_zone(name: object) -> str:
    """Return the name of a time zone.

    Raises
    ------
    InvalidArgumentError
        When there is no such zone.
    """
    other = Fault("is not a known time zone", WRITE)
    if fault := zone_fault(name) if isinstance(name, str) else other:
        raise InvalidArgumentError(f"{name!r} {fault.message}. {fault.cure}")
    return str(name)
