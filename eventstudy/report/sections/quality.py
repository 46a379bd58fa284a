"""What a reader must know about the prices."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.design.price_findings import compared_with, in_windows
from eventstudy.prices import Finding
from eventstudy.prices.quality.findings import KINDS
from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say

MOST = 60
"""Findings listed on a page; all of them are in data/quality.csv."""


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    found = _of_event(material, event) if event else list(material.results.quality)
    if event and not found:
        return None
    return {
        "event": event,
        "rows": found[:MOST],
        "more": len(found) - MOST,
        "total": len(found),
        "kinds": KINDS,
        "series": len(material.results.prices.assets),
    }


def _of_event(material: Material, event: str) -> list[Finding]:
    """Return the findings that have a date in the windows of an event, each with these dates."""
    results = material.results
    factors = compared_with(results.models, results.options)
    near: dict[tuple[str, str], Finding] = {}
    for asset, day0 in material.days0[event]:
        own = [f for f in results.quality if f.asset in (asset, *factors[asset])]
        sessions = results.data[asset].calendar.sessions
        for finding in in_windows(own, sessions, day0, results.windows):
            near.setdefault((finding.asset, finding.kind), finding)
    return list(near.values())


SECTION = Section("quality", say("quality.title"), _context)
