"""What to doubt: the five that would change most, the rest folded."""

from __future__ import annotations

from eventstudy.report.concerns import concerns
from eventstudy.report.report_data import Context, ReportData, Section

MOST = 5
"""Doubts that are open."""


def _context(report: ReportData, _event: str) -> Context:
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
