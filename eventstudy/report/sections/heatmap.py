"""Standardised abnormal returns by episode and event day."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy import plots
from eventstudy.plots.overview import heatmap_data, largest
from eventstudy.report.charts import DRAWN, Chart, reduced
from eventstudy.report.report_data import Material, Section
from eventstudy.report.sections.prices import MOST
from eventstudy.words.catalogue import say


def _context(material: Material, _event: str) -> Mapping[str, object] | None:
    results = material.results
    if len(results.assets) > MOST:
        return None
    charts = []
    for asset in results.assets:
        table = heatmap_data(results, asset)
        if table.empty:
            continue
        total = len(table)
        if total > DRAWN and 0 in table:
            table = table.iloc[largest(table[0], DRAWN)]
        table.columns = [say("heatmap.day", tau=tau) for tau in table.columns]
        label = say("heatmap.label", asset=asset)
        figure = plots.heatmap(results, asset, most=DRAWN)
        note = reduced(total, DRAWN, say("heatmap.how"))
        charts.append(Chart(figure, label, table.reset_index(), note))
    return {"charts": charts}


SECTION = Section("heatmap", say("heatmap.title"), _context)
