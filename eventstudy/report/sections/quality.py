"""What a reader must know about the prices."""

from __future__ import annotations

from eventstudy.design.price_findings import compared_with, in_windows
from eventstudy.prices import Finding
from eventstudy.prices.quality.findings import KINDS
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import say

MOST_FINDINGS = 60
"""Findings listed on a page; all of them are in data/quality.csv."""


def _context(report: ReportData, event: str) -> Context:
    findings = _of_event(report, event) if event else list(report.results.quality)
    if event and not findings:
        return None
    return {
        "event": event,
        "rows": findings[:MOST_FINDINGS],
        "more": len(findings) - MOST_FINDINGS,
        "total": len(findings),
        "kinds": {kind: say(f"finding_kinds.{kind}") for kind in KINDS},
        "series": len(report.results.prices.assets),
    }


def _of_event(report: ReportData, event: str) -> list[Finding]:
    """Return the findings that have a date in the windows of an event, each with these dates."""
    results = report.results
    factors = compared_with(results.models, results.options)
    near: dict[tuple[str, str], Finding] = {}
    for asset, day0 in report.days0[event]:
        findings = [f for f in results.quality if f.asset in (asset, *factors[asset])]
        sessions = results.data[asset].calendar.sessions
        for finding in in_windows(findings, sessions, day0, results.windows):
            near.setdefault((finding.asset, finding.kind), finding)
    return list(near.values())


SECTION = Section("quality", _context)
