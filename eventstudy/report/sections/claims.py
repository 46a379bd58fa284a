"""Claimed moves against measured ones."""

from __future__ import annotations

from eventstudy.report.report_data import Context, ReportData, Section


def _context(report: ReportData, event: str) -> Context:
    claims = [claim for claim in report.claims if event in ("", claim.event_id)]
    if not claims:
        return None
    titles = {claim.event_id: report.events[claim.event_id].title for claim in claims}
    return {"claims": claims, "titles": titles, "one": bool(event)}


SECTION = Section("claims", _context)
