"""The day, the day and the next, the days before, and what would have been seen."""

from __future__ import annotations

from typing import Any

from eventstudy.report.answer_words import asset_name, capital, interval_words
from eventstudy.report.answers import LEVEL, simple
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.day0 import MOST_ASSETS, possible
from eventstudy.report.sections.opening import figures, shown_window
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import p_value, percent, size
from eventstudy.words.windows import window_name

MOST_IN_TILES = 3
"""Assets whose numbers fit into tiles; of more there is a table."""


def _over(report: ReportData, event: str, asset: str) -> dict[str, object] | None:
    """Return the move over the window of the page, and what would have been seen, as words."""
    window = shown_window(report, event, asset)
    if window is None:
        return None
    results = report.results
    span: dict[str, object] = {"start": window[0], "end": window[1], "asset": asset}
    (car,), (ranked,) = report.rows("car", event, **span), report.rows("ranked", event, **span)
    low, high = simple(results, car.ci_low), simple(results, car.ci_high)
    return {
        "move": percent(simple(results, car.car)),
        "interval": interval_words(results, low, high),
        "p": p_value(car.p_rank),
        "out": car.p_rank <= LEVEL,
        "seen": size(simple(results, ranked.mde), 1),
        "misses": not car.covers_day0,
    }


def _before(report: ReportData, event: str, asset: str) -> dict[str, object] | None:
    """Return the move over the days before, as words."""
    for row in report.rows("days_before", event, asset=asset):
        move = percent(simple(report.results, row.car))
        return {"move": move, "p": p_value(row.p), "out": row.p <= LEVEL, "days": -row.start}
    return None


def _shown(report: ReportData, event: str, asset: str) -> dict[str, Any]:
    return {
        "asset": asset_name(report.results, asset),
        "days": possible(report, event, asset),
        "over": _over(report, event, asset),
        "before": _before(report, event, asset),
    }


def _context(report: ReportData, event: str) -> Context:
    measured = report.measured(event)
    if not measured:
        return None
    assets = [_shown(report, event, asset) for asset in measured[:MOST_ASSETS]]
    window = shown_window(report, event, measured[0]) or report.results.windows.lead
    before = [asset["before"]["days"] for asset in assets if asset["before"]]
    more = len(measured) - len(assets)
    return {
        "assets": assets,
        "tiles": len(assets) <= MOST_IN_TILES,
        "alone": len(assets) == 1,
        "one_day": window == (0, 0),
        "window": capital(window_name(window)),
        "unsure": max(len(asset["days"]) for asset in assets),
        "before": say("windows.before", days=counted(max(before), "market_day")) if before else "",
        "misses": any(asset["over"] and asset["over"]["misses"] for asset in assets),
        "others": [figures(report, event, asset) for asset in measured[1:MOST_ASSETS]],
        "file": report.results.about.file,
        "more": say("windows.more", assets=counted(more, "asset")) if more else "",
    }


SECTION = Section("windows", _context)
