"""Columns of the tables of minutes that are written beside a report."""

from __future__ import annotations

from eventstudy.parsing import packaged_toml

COLUMNS: dict[str, list[str]] = {
    table: names.split() for table, names in packaged_toml("minutes/columns.toml").items()
}
"""Names in their order."""
