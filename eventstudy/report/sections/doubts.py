"""What the checks object to in the observations of one event: three, the rest folded."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import ReportData, Section

MOST_SHOWN = 3
"""Doubts that are written out."""


def _context(report: ReportData, event: str) -> Mapping[str, object] | None:
    objections = report.objections_here.get(event, [])
    kinds = {objection.check: objection for objection in reversed(objections)}
    first = [own for own in objections if kinds[own.check] is own][:MOST_SHOWN]
    rest = [own for own in objections if own not in first]
    return {"first": first, "rest": rest} if objections else None


SECTION = Section("doubts", _context)
