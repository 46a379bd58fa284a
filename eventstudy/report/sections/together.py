"""All series of an event together, and the days before it."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.material import Material, Section


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    joint = material.joint
    own = joint[[event in ids.split("; ") for ids in joint["event_ids"]]] if len(joint) else joint
    before = material.before
    days = before[before["event_id"] == event] if before is not None else joint.iloc[:0]
    if own.empty and days.empty:
        return None
    return {"rows": list(own.itertuples()), "before": list(days.itertuples())}


SECTION = Section("together", "All series together, and the days before", _context)
