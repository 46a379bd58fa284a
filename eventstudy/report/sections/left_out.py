"""What was not studied, and why."""

from __future__ import annotations

from eventstudy.report.report_data import Context, ReportData, Section, left_window

MOST_ROWS = 500
"""Rows on the page; all of them are in data/left_out.csv."""


def _context(report: ReportData, _event: str) -> Context:
    frame = report.results.left_out
    rows = [(row, left_window(row)) for row in frame.head(MOST_ROWS).itertuples()]
    return {"rows": rows, "total": len(frame), "events": report.events}


SECTION = Section("left-out", _context)
