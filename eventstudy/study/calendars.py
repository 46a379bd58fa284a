"""The exchange calendars that study.toml gives for its series."""

from __future__ import annotations

from typing import Any

from eventstudy.errors import UnknownNameError
from eventstudy.prices.quality.calendars import check_calendar
from eventstudy.study.reader import Reader, message_and_cure


def calendars(reader: Reader, content: dict[str, Any]) -> dict[str, str]:
    """Return the calendar of every series that has one; report names that do not exist."""
    found: dict[str, str] = {}
    for kind in ("assets", "factors"):
        series = content.get(kind)
        for name, table in series.items() if isinstance(series, dict) else ():
            if not isinstance(table, dict) or "calendar" not in table:
                continue
            where = f"{kind}.{name}"
            calendar = reader.text(where, table, "calendar")
            try:
                if calendar:
                    check_calendar(calendar)
                    found[name] = calendar
            except UnknownNameError as error:
                reader.report(f"{where}.calendar", *message_and_cure(error))
    return found
