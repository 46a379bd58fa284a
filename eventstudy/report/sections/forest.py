"""CAR of every episode with its interval."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy import plots
from eventstudy.plots.overview import forest_data, largest
from eventstudy.report.charts import DRAWN, Chart, reduced, titled
from eventstudy.report.report_data import Material, Section
from eventstudy.report.sections.prices import MOST
from eventstudy.words.catalogue import say


def _context(material: Material, _event: str) -> Mapping[str, object] | None:
    results = material.results
    if len(results.assets) > MOST:
        return None
    charts = []
    for asset in results.assets:
        table = forest_data(results, asset)
        if table.empty:
            continue
        table = titled(table)
        label = say("forest.label", asset=asset)
        total = len(table)
        if total > DRAWN:
            table = table.iloc[largest(table["car"] / (table["ci_high"] - table["ci_low"]), DRAWN)]
        note = reduced(total, DRAWN, say("forest.how"))
        figure = plots.forest(results, asset, most=DRAWN)
        charts.append(Chart(figure, label, table, note))
    return {"charts": charts}


SECTION = Section("forest", say("forest.title"), _context)
