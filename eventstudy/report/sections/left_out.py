"""What was not studied, and why."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import Material, Section, left_rows
from eventstudy.words.catalogue import say

MOST = 500
"""Rows on the page; all of them are in data/left_out.csv."""


def _context(material: Material, _event: str) -> Mapping[str, object]:
    frame = material.results.left_out
    rows = left_rows(frame.head(MOST))
    return {"rows": rows, "total": len(frame), "events": material.events}


SECTION = Section("left-out", say("left_out.title"), _context)
