"""Sections of a report, one file each: a new one is added to the list of its page."""

from __future__ import annotations

from eventstudy.report.sections import (
    averages,
    calibration,
    choices,
    claims,
    day0,
    estimation,
    events,
    family,
    forest,
    groups,
    heatmap,
    left_out,
    methods,
    neighbours,
    prices,
    provenance,
    quality,
    reaction,
    robustness,
    scatter,
    significance,
    statement,
    together,
    verdict,
)

SECTIONS = {
    "index": (
        verdict.SECTION,
        prices.SECTION,
        averages.SECTION,
        groups.SECTION,
        significance.SECTION,
        calibration.SECTION,
        family.SECTION,
        robustness.SECTION,
        forest.SECTION,
        heatmap.SECTION,
        scatter.SECTION,
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
        neighbours.SECTION,
        together.SECTION,
        choices.SECTION,
        claims.SECTION,
        estimation.SECTION,
        quality.SECTION,
    ),
}
"""Sections of each kind of page, in their order."""
