"""Whether the day is unusual within its own week."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from eventstudy.plots.observation import ar_data, draw_ar
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.day0 import MOST_ASSETS, candidates
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import say, template


def _nth(rank: int) -> str:
    """Return the place of a rank in words, 0 = the largest."""
    places = template("neighbours.places")
    return str(places[rank]) if rank < len(places) else say("neighbours.nth", number=rank + 1)


def _chart(results: EventStudyResults, event: str, asset: str) -> Chart:
    data = ar_data(results, event, asset)
    label = say("neighbours.label", asset=results.about.asset(asset).label)
    return Chart(draw_ar(results, event, asset, data), label)


def _asset(report: ReportData, event: str, asset: str) -> dict[str, Any] | None:
    rows = [row for row in report.rows("ewma_sq", event, asset=asset) if row.z == row.z]
    days = {row.session for row in candidates(report, event, asset)}
    possible = [abs(row.z) for row in rows if row.session in days]
    if not possible:
        return None
    key = ("days", asset, min(days), max(days))
    sizes = np.abs([row.z for row in rows])
    rank = int((sizes > max(possible)).sum())
    return {
        "chart": report.shared(key, partial(_chart, report.results, event, asset)),
        "label": report.results.about.asset(asset).label,
        "rows": [(row, row.session in days) for row in rows],
        "place": say("neighbours.place", place=_nth(rank), count=len(rows)),
    }


def _context(report: ReportData, event: str) -> Context:
    every = [_asset(report, event, asset) for asset in report.measured(event)[:MOST_ASSETS]]
    assets = [asset for asset in every if asset is not None]
    return {"assets": assets} if assets else None


SECTION = Section("neighbours", _context)
