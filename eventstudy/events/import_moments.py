"""When an event of a list was: date, time or bounds, and zone, out of its cells."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from eventstudy.events.import_columns import STAMPS
from eventstudy.tables.dates import Stamp, readings, stamp
from eventstudy.tables.delimited import Row
from eventstudy.tables.table import Table
from eventstudy.tables.times import SESSIONS, Hours, TimeRead, read_stamp, read_time, zone_name
from eventstudy.tables.understood import Understood
from eventstudy.timezones import zone_fault

MIDNIGHT = ("00:00", "0:00", "00:00:00")


@dataclass(frozen=True)
class Moments:
    """Reads date, time and zone of rows, and keeps count of how they were told.

    Parameters
    ----------
    table : Table
        The list.
    places : mapping of str to int
        Place of each standard column.
    timezone : str
        Zone of times that name none.
    hours : callable, optional
        Hours of exchanges, for AMC and BMO; default: those of ordinary days.
    """

    table: Table
    places: Mapping[str, int]
    timezone: str
    hours: Hours | None = None
    counts: Counter[str] = field(default_factory=Counter, init=False)

    @cached_property
    def midnights(self) -> bool:
        """Whether all times of the column of dates are midnights: they say nothing then."""
        stamps = (stamp(row.cells[self.places["date"]]) for row in self.table.rows)
        return all(parts.time in (*MIDNIGHT, "") for parts in stamps)

    def of(self, row: Row, date: dt.date | None, parts: Stamp) -> dict[str, str] | str:
        """Return the cells of date, time, bounds and zone of a row, or what is wrong."""
        if date is None:
            return "the row has no date"
        cell = self._cell(row, "time")
        zone = self._zone(row)
        asked = self.hours and zone and cell.casefold().strip("()") in SESSIONS
        hours = self.hours(zone, date) if self.hours and asked else None
        if isinstance(told := read_time(cell, zone, hours), str):
            return told
        if told == TimeRead() and isinstance(told := self._stamped(row, date, parts), str):
            return told
        if told.kind:
            self.counts[told.kind] += 1
        named = told.zone or zone_name(parts.zone) if told.time or told.kind else ""
        return self._local(date, told, named or self._cell(row, "timezone"))

    def _cell(self, row: Row, name: str) -> str:
        return row.cells[self.places[name]].strip() if name in self.places else ""

    def _zone(self, row: Row) -> str:
        return self._cell(row, "timezone") or self.timezone

    def _stamped(self, row: Row, date: dt.date, parts: Stamp) -> TimeRead | str:
        """Return the time of a row that has none in its cell: that of a timestamp, if any."""
        if STAMPS in self.places and self.places[STAMPS] != self.places["date"]:
            other = stamp(self._cell(row, STAMPS))
            days = set(readings(other.date).values())
            read = read_stamp(other.time, other.zone, self.timezone)
            if days and date not in days and other.time and isinstance(read, TimeRead):
                return f"the timestamp {other.date} {other.time} is of another day than {date}"
        else:
            other = Stamp("", "", "") if self.midnights else parts
            read = read_stamp(other.time, other.zone, self._zone(row))
        if not other.time:
            return TimeRead()
        if isinstance(read, TimeRead):
            self.counts["stamp"] += 1
        return read

    def _local(self, date: dt.date, told: TimeRead, zone: str) -> dict[str, str] | str:
        """Return cells in a zone that has a name: an offset is turned into the list's zone."""
        bounds = {"time": told.time, "not_before": told.not_before, "known_by": told.known_by}
        if zone.startswith(("+", "-")):
            target = self.timezone or "UTC"
            moments = {n: _moved(date, clock, zone, target) for n, clock in bounds.items() if clock}
            days = {moment.date() for moment in moments.values()}
            if len(days) > 1:
                return f"the bounds are of two days in {target}"
            self.counts["moved"] += 1
            date = days.pop() if days else date
            bounds |= {n: _clock(moment) for n, moment in moments.items()}
            zone = target if target != self.timezone else ""
        elif zone and (fault := zone_fault(zone)):
            return f"{zone!r} {fault.message}"
        zone = zone if any(bounds.values()) and zone != self.timezone else ""
        if zone:
            self.counts[f"zone {zone}"] += 1
        return {"date": date.isoformat(), **bounds, "timezone": zone}

    def notes(self) -> list[Understood]:
        """Return how times were told."""
        target = self.timezone or "UTC"
        texts = {
            "range": "ranges of time are taken as bounds, not_before and known_by",
            "session": f"AMC or BMO is taken as a bound by the hours of the exchange, {target}",
            "stamp": "times of day are taken from timestamps",
            "moved": f"times with an offset are given in {target}",
        }
        told = [(name, text, self.counts[name]) for name, text in texts.items()]
        zones = {name: count for name, count in self.counts.items() if name.startswith("zone ")}
        told += [(n, f"times are in {n[5:]}, as their cells say", zones[n]) for n in zones]
        return [
            Understood(name.split()[0], f"{text} ({count:,} row{'s' * (count != 1)})")
            for name, text, count in told
            if count
        ]


@lru_cache(10_000)
def _moved(date: dt.date, clock: str, offset: str, zone: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(f"{date.isoformat()}T{clock}{offset}")
    return moment.astimezone(ZoneInfo(zone))


def _clock(moment: dt.datetime) -> str:
    return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
