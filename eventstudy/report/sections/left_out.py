"""What was not studied, and why."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.material import Material, Section, left_rows


def _context(material: Material, _event: str) -> Mapping[str, object]:
    frame = material.results.left_out
    return {"rows": left_rows(frame), "events": material.events}


SECTION = Section("left-out", "Left out, and why", _context)
