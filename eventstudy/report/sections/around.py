"""What else happened: events that share its price, events of its window, other news."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from eventstudy.events.events import Event
from eventstudy.report.answer_words import asset_name, listed
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.day0 import MOST_ASSETS
from eventstudy.words.catalogue import say

MOST_LISTED = 5
"""Other events that are listed before a fold."""


def sharing(report: ReportData, event: str) -> list[tuple[str, list[Event]]]:
    """Return the events that share the first price after one, with the assets on which they do."""
    by_others: dict[tuple[str, ...], list[str]] = {}
    for row in report.rows("alignment", event)[:MOST_ASSETS]:
        if row.shares_session_with:
            by_others.setdefault(row.shares_session_with, []).append(row.asset)
    return [
        (
            listed([asset_name(report.results, asset) for asset in assets]),
            [report.events[name] for name in others],
        )
        for others, assets in by_others.items()
    ]


def overlapping(report: ReportData, event: str) -> list[Event]:
    """Return the events on other days whose primary window overlaps that of one, by date."""
    start, end = report.results.windows.lead
    near: set[str] = set()
    for asset, day0 in report.days0[event]:
        days = report.positions[asset]
        first = bisect_left(days, (day0 - (end - start), ""))
        last = bisect_right(days, (day0 + end - start + 1, ""))
        near |= {name for position, name in days[first:last] if position != day0}
    for row in report.rows("alignment", event):
        near -= set(row.shares_session_with)
    return sorted(
        (report.events[name] for name in near), key=lambda other: (other.date, other.event_id)
    )


def _context(report: ReportData, event: str) -> Context:
    shared = [
        {
            "words": say(
                "around.shared_one" if len(others) == 1 else "around.shared",
                count=len(others),
                assets=assets,
            ),
            "first": others[:MOST_LISTED],
            "rest": others[MOST_LISTED:],
        }
        for assets, others in sharing(report, event)
    ]
    near = overlapping(report, event)
    confounders = report.events[event].confounders
    if not shared and not near and not confounders:
        return {"empty": say("around.nothing")}
    return {"empty": "", "shared": shared, "near": near, "confounders": confounders}


SECTION = Section("around", _context)
