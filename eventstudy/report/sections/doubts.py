"""What the checks object to in the observations of one event."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.language import say
from eventstudy.report.material import Material, Section


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    found = material.doubts.get(event, [])
    return {"rows": found} if found else None


SECTION = Section("doubts", say("doubts.title"), _context)
