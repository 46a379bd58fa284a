"""Everything to take away: tables, figures, how to make it again, how to cite it."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import ReportData, Section


def _context(report: ReportData, _event: str) -> Mapping[str, object]:
    return {
        "file": report.results.about.file,
        "workbook": report.workbook_name,
        "tables": [f"{name}.csv" for name in sorted(report.tables)],
        "cite": report.results.cite(),
    }


SECTION = Section("download", _context)
