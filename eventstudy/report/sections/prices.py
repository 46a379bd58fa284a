"""Prices with the day 0 of every event."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy import plots
from eventstudy.plots.price import marked_sessions
from eventstudy.report.charts import Chart, titled
from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say

MOST = 6
"""Assets drawn; a study of many firms shows none by itself."""


def _context(material: Material, _event: str) -> Mapping[str, object] | None:
    results = material.results
    if len(results.assets) > MOST:
        return None
    charts = []
    for asset in results.assets:
        table = marked_sessions(results, asset)
        table = titled(table)
        label = say("prices.label", asset=results.about.asset(asset).label)
        charts.append(Chart(plots.price(results, asset), label, table))
    return {"charts": charts}


SECTION = Section("prices", say("prices.title"), _context)
