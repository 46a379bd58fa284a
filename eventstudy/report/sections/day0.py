"""Where day 0 fell on each asset, why, and what else shared that session."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.material import Material, Section, left_rows
from eventstudy.report.sections.reaction import MOST


def _context(material: Material, event: str) -> Mapping[str, object]:
    results = material.results
    left = material.of("left_out", event)
    rows = []
    found = material.of("alignment", event)
    for own in found.iloc[:MOST].itertuples():
        others = [material.events[name] for name in own.shares_session_with.split("; ") if name]
        reasons = left[left["asset"] == own.asset]
        label = results.about.asset(own.asset).label
        rows.append({"row": own, "label": label, "others": others, "left": left_rows(reasons)})
    more = len(found) - len(rows)
    return {"rows": rows, "more": more, "confounders": material.events[event].confounders}


SECTION = Section("day0", "Day 0, and why", _context)
