"""The table [events] of a study file: a list that others keep, read on every run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eventstudy.events.foreign import wanted_of
from eventstudy.events.importing import Wanted
from eventstudy.study.known_keys import EVENTS
from eventstudy.study.reader import Reader
from eventstudy.tables.table import OPTIONS
from eventstudy.timezones import zone_fault


def read_list(
    reader: Reader, table: dict[str, Any], timezone: str, assets: Sequence[str]
) -> tuple[Path, Wanted]:
    """Return the path of the list, and what the table says of it; note what is wrong.

    Parameters
    ----------
    reader : Reader
        Collects problems.
    table : dict
        The table [events].
    timezone : str
        Zone of the study; empty when it names none.
    assets : sequence of str
        Names that assets may have.
    """
    reader.known("events", table, EVENTS)
    name = reader.text("events", table, "path")
    if not name:
        reader.report("events.path", "names no file", 'Write path = "list.xlsx".')
    for key in (*OPTIONS, "timezone"):
        reader.text("events", table, key)
    zone = table.get("timezone", "")
    if isinstance(zone, str) and zone and (fault := zone_fault(zone)):
        reader.report("events.timezone", fault.message, fault.cure, zone)
    for key in ("columns", "fixed"):
        value = table.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            cure = f'Write {key} = {{ title = "Event" }}.'
            reader.report(f"events.{key}", "must be a table of texts", cure, value)
    tags = table.get("tags", [])
    reader.names("events.tags", [tags] if isinstance(tags, str) else tags)
    wanted = replace(wanted_of(table, timezone, tuple(assets)), hours=_hours)
    if timezone and wanted.timezone != timezone:
        wanted = replace(wanted, fixed={"timezone": wanted.timezone, **wanted.fixed})
    return reader.path.parent / name, wanted


def _hours(zone: str, day: dt.date) -> tuple[str, str] | None:
    """Return the hours of an exchange; the package that knows them is loaded when it is asked."""
    from eventstudy.prices.quality.hours import exchange_hours

    return exchange_hours(zone, day)
