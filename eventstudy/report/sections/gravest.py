"""What to doubt: the five that would change most, the rest folded."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.concerns import concerns
from eventstudy.report.report_data import ReportData, Section

MOST = 5
"""Doubts that are open."""


def _context(report: ReportData, _event: str) -> Mapping[str, object] | None:
    rows = concerns(report)
    if not rows:
        return None
    return {
        "rows": rows[:MOST],
        "lesser": rows[MOST:],
        "objections": len(report.objections),
        "checks": len({objection.check for objection in report.objections}),
    }


SECTION = Section("gravest", _context)
