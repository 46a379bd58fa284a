"""Everything to take away: tables, figures, how to make it again, how to cite it."""

from __future__ import annotations

from eventstudy.report.report_data import Context, ReportData, Section


def _context(report: ReportData, _event: str) -> Context:
    return {
        "file": report.results.about.file,
        "workbook": report.workbook_name,
        "tables": [f"{name}.csv" for name in sorted(report.tables)],
        "cite": report.results.cite(),
    }


SECTION = Section("download", _context)
