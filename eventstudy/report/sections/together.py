"""All series of an event together, and the days before it."""

from __future__ import annotations

from eventstudy.report.report_data import Context, ReportData, Section


def _context(report: ReportData, event: str) -> Context:
    joint = report.joint_of.get(event, [])
    days = [] if report.before is None else report.rows("before", event)
    return {"rows": joint, "before": days} if joint or days else None


SECTION = Section("together", _context)
