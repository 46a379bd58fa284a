"""All series of an event together, and the days before it."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    own = material.joint_of.get(event, [])
    days = [] if material.before is None else list(material.of("before", event).itertuples())
    return {"rows": own, "before": days} if own or days else None


SECTION = Section("together", say("together.title"), _context)
