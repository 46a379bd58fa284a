"""Sections of a report, one file each: a new one is added to the list of its page."""

from __future__ import annotations

from eventstudy.report.sections import (
    averages,
    calibration,
    claims,
    day0,
    diagnostics,
    doubts,
    estimation,
    events,
    family,
    forest,
    heatmap,
    left_out,
    methods,
    objections,
    prices,
    provenance,
    quality,
    reaction,
    robustness,
    significance,
    statement,
    together,
    verdict,
)

SECTIONS = {
    "index": (
        verdict.SECTION,
        objections.SECTION,
        prices.SECTION,
        averages.SECTION,
        significance.SECTION,
        calibration.SECTION,
        family.SECTION,
        robustness.SECTION,
        forest.SECTION,
        heatmap.SECTION,
        events.SECTION,
        claims.SECTION,
        quality.SECTION,
        left_out.SECTION,
        methods.SECTION,
        provenance.SECTION,
    ),
    "event": (
        statement.SECTION,
        day0.SECTION,
        reaction.SECTION,
        together.SECTION,
        claims.SECTION,
        estimation.SECTION,
        diagnostics.SECTION,
        doubts.SECTION,
        quality.SECTION,
    ),
}
"""Sections of each kind of page, in their order."""
