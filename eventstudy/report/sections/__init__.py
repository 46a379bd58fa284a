"""Sections of a report, one file each: a new one is a line in the list of its page."""

from __future__ import annotations

from importlib import import_module

from eventstudy.report.report_data import Section

PAGES = {
    "index": (
        "answer",
        "each",
        "events",
        "prices",
        "by_minute",
        "compared",
        "sure",
        "gravest",
        "claims",
        "data",
        "method",
        "download",
    ),
    "further": (
        "verdict",
        "tests",
        "averages",
        "groups",
        "calibration",
        "family",
        "robustness",
        "forest",
        "heatmap",
        "scatter",
        "objections",
        "quality",
        "left_out",
        "methods",
        "provenance",
    ),
    "above": ("minutes", "claims_in_time"),
    "event": ("windows", "statement", "path", "around", "doubts", "day0", "claims"),
    "statistics": (
        "textbook",
        "neighbours",
        "choices",
        "estimation",
        "diagnostics",
        "together",
        "quality",
    ),
}
"""Files of this folder by the kind of page that shows them, in their order; "further" are folded
at the end of the index, "above" stand on an event's page before the figures of days."""

PARTS = {"answer": "answer", "prices": "evidence", "data": "appendix"}
"""The parts of the index by the section that each begins with."""

EVENT_PARTS = {"windows": "answer", "statement": "evidence", "claims": "appendix"}
"""The parts of an event's page by the section that each begins with."""

SECTIONS: dict[str, tuple[Section, ...]] = {
    page: tuple(import_module(f"{__name__}.{name}").SECTION for name in names)
    for page, names in PAGES.items()
}
"""Sections of each kind of page, in their order."""
