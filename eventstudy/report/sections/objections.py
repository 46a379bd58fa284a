"""What a careful referee would object to, by severity."""

from __future__ import annotations

from eventstudy.checks import CHECKS, Objection
from eventstudy.checks.base import SEVERITIES
from eventstudy.report.report_data import Context, ReportData, Section

MOST_ALIKE = 3
"""Objections of one check that are written out; all are in data/objections.csv."""


def _context(report: ReportData, _event: str) -> Context:
    by_check: dict[str, list[Objection]] = {}
    for objection in report.objections:
        by_check.setdefault(objection.check, []).append(objection)
    groups = {
        severity: [alike for alike in by_check.values() if alike[0].severity == severity]
        for severity in SEVERITIES
    }
    inputs = {"calibration": report.calibration, "robustness": report.robustness}
    missing = [f"without-{name}" for name, given in inputs.items() if given is None]
    return {
        "groups": [(severity, checks) for severity, checks in groups.items() if checks],
        "most": MOST_ALIKE,
        "checks": len(CHECKS),
        "missing": missing,
        "events": report.events,
    }


SECTION = Section("objections", _context)
