"""What the checks object to in the observations of one event."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import ReportData, Section


def _context(report: ReportData, event: str) -> Mapping[str, object] | None:
    objections = report.objections_here.get(event, [])
    return {"rows": objections} if objections else None


SECTION = Section("doubts", _context)
