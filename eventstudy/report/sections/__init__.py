"""Sections of a report, one file each: a new one is a name in pages.toml."""

from __future__ import annotations

from importlib import import_module

from eventstudy.parsing import packaged_toml
from eventstudy.report.report_data import Section

_TABLES: dict[str, dict[str, str]] = packaged_toml("report/pages.toml")
PAGES = {page: names.split() for page, names in _TABLES["pages"].items()}
"""Files of this folder by the kind of page that shows them, in their order."""

PARTS, EVENT_PARTS = _TABLES["parts"], _TABLES["event_parts"]
"""The parts of the index and of an event's page, by the section that each begins with."""

SECTIONS: dict[str, tuple[Section, ...]] = {
    page: tuple(import_module(f"{__name__}.{name}").SECTION for name in names)
    for page, names in PAGES.items()
}
"""Sections of each kind of page, in their order."""
