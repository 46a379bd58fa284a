"""Average reactions of the groups."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy import plots
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    paths = material.caar
    charts = []
    for asset in dict.fromkeys(paths["asset"]):
        table = paths[paths["asset"] == asset]
        figure = plots.caar(results, asset=asset)
        label = say("averages.label", asset=asset)
        charts.append(Chart(figure, label, table))
    return {"charts": charts, "rows": material.mean_car.itertuples(), "lead": results.windows.lead}


SECTION = Section("averages", say("averages.title"), _context)
