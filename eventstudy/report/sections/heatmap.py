"""Standardised abnormal returns by episode and event day."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy import plots
from eventstudy.language import say
from eventstudy.plots.overview import heatmap_data
from eventstudy.report.charts import Chart
from eventstudy.report.material import Material, Section
from eventstudy.report.sections.prices import MOST


def _context(material: Material, _event: str) -> Mapping[str, object] | None:
    results = material.results
    if len(results.assets) > MOST:
        return None
    charts = []
    for asset in results.assets:
        table = heatmap_data(results, asset)
        if table.empty:
            continue
        table.columns = [say("heatmap.day", tau=tau) for tau in table.columns]
        label = say("heatmap.label", asset=asset)
        charts.append(Chart(plots.heatmap(results, asset), label, table.reset_index()))
    return {"charts": charts}


SECTION = Section("heatmap", say("heatmap.title"), _context)
