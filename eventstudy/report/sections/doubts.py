"""What the checks object to in the observations of one event."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    found = material.doubts.get(event, [])
    return {"rows": found} if found else None


SECTION = Section("doubts", say("doubts.title"), _context)
