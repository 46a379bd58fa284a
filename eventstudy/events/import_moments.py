"""When an event of a list was: date, time or bounds, and zone, out of its cells."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

from eventstudy.events.import_columns import STAMPS
from eventstudy.tables.dates import Stamp, readings, stamp
from eventstudy.tables.delimited import Row
from eventstudy.tables.table import Table
from eventstudy.tables.times import SESSIONS, Hours, TimeRead, read_stamp, read_time, zone_name
from eventstudy.tables.understood import Understood
from eventstudy.timezones import zone_fault

MIDNIGHT = ("00:00", "0:00", "00:00:00")


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

    def __init__(
        self,
        table: Table,
        places: Mapping[str, int],
        timezone: str,
        hours: Hours | None = None,
    ) -> None:
        self.table, self.places, self.timezone = table, places, timezone
        self.hours = hours
        self.counts: Counter[str] = Counter()
        stamps = [stamp(row.cells[places["date"]]) for row in table.rows]
        self.midnights = all(parts.time in (*MIDNIGHT, "") for parts in stamps)

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
        told, date, wrong = self._stamped(row, told, date, parts)
        if wrong:
            return wrong
        if told.kind:
            self.counts[told.kind] += 1
        named = told.zone or zone_name(parts.zone) if told.time or told.kind else ""
        return self._local(date, told, named or self._cell(row, "timezone"))

    def _cell(self, row: Row, name: str) -> str:
        return row.cells[self.places[name]].strip() if name in self.places else ""

    def _zone(self, row: Row) -> str:
        return self._cell(row, "timezone") or self.timezone

    def _stamped(
        self, row: Row, told: TimeRead, date: dt.date, parts: Stamp
    ) -> tuple[TimeRead, dt.date, str]:
        """Fill a time that is not given from a timestamp of the row."""
        if told != TimeRead():
            return told, date, ""
        if STAMPS in self.places and self.places[STAMPS] != self.places["date"]:
            other = stamp(self._cell(row, STAMPS))
            if other.time:
                return self._from_stamps(told, date, other)
            return told, date, ""
        if parts.time and not self.midnights:
            read = read_stamp(parts.time, parts.zone, self._zone(row))
            if isinstance(read, str):
                return told, date, read
            self.counts["stamp"] += 1
            return read, date, ""
        return told, date, ""

    def _from_stamps(
        self, told: TimeRead, date: dt.date, other: Stamp
    ) -> tuple[TimeRead, dt.date, str]:
        days = set(readings(other.date).values())
        read = read_stamp(other.time, other.zone, self.timezone)
        if isinstance(read, str):
            return told, date, read
        if days and date not in days:
            return (
                told,
                date,
                f"the timestamp {other.date} {other.time} is of another day than {date}",
            )
        self.counts["stamp"] += 1
        return read, date, ""

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
